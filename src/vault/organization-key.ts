import { randomBytes } from "node:crypto";
import { EngineError } from "#contract/errors.ts";
import { deriveKey, KEY_BYTES, type MasterKeys } from "./master-keys.ts";
import { associatedData, openBox, sealBox } from "./seal.ts";

/** An organization's data key as it is stored: wrapped by the master key that `keyId` names. */
export interface WrappedKey {
  keyId: string;
  wrappedKey: Uint8Array;
}

/** Where wrapped keys are kept. */
export interface OrganizationKeyStore {
  find(organizationId: string): Promise<WrappedKey | undefined>;
  /** Does nothing where the organization has a key by now. */
  insertIfAbsent(organizationId: string, key: WrappedKey): Promise<void>;
}

const WRAP_VERSION = 1;

/** A fresh data key, wrapped by the current master key. */
export function wrapNewKey(organizationId: string, masterKeys: MasterKeys): WrappedKey {
  const { id, key } = masterKeys.current;
  const box = sealBox(
    deriveKey(key, "millrace/wrap/v1"),
    randomBytes(KEY_BYTES),
    associatedData("organization-key", organizationId, id),
  );
  return { keyId: id, wrappedKey: Buffer.concat([Buffer.of(WRAP_VERSION), box]) };
}

/** Throws `engine/config` where the master key is unknown or is another than the one that wrapped. */
export function unwrapKey(organizationId: string, wrapped: WrappedKey, masterKeys: MasterKeys): Buffer {
  const masterKey = masterKeys.all.get(wrapped.keyId);
  if (masterKey === undefined) {
    throw new EngineError(
      "engine/config",
      `The key of organization ${organizationId} is wrapped by master key "${wrapped.keyId}", which is not configured; add it to the known keys`,
    );
  }
  const key =
    wrapped.wrappedKey[0] === WRAP_VERSION
      ? openBox(
          deriveKey(masterKey, "millrace/wrap/v1"),
          wrapped.wrappedKey.subarray(1),
          associatedData("organization-key", organizationId, wrapped.keyId),
        )
      : undefined;
  if (key === undefined) {
    throw new EngineError(
      "engine/config",
      `The key of organization ${organizationId} does not open with master key "${wrapped.keyId}"; restore the key that this installation was started with`,
    );
  }
  return key;
}
