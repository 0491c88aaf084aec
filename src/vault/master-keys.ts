import { hkdfSync } from "node:crypto";
import { EngineError } from "#contract/errors.ts";

/**
 * The operator's keys. `current` seals; every key in `all` (the current one among them) still opens, so that a
 * rotation is: add the new key, make it current, re-wrap, drop the old one. Keys are 32 bytes.
 */
export interface MasterKeys {
  current: { id: string; key: Uint8Array };
  all: ReadonlyMap<string, Uint8Array>;
}

export const KEY_BYTES = 32;

/** A key for one use, so that no key ever serves two. `info` names the use and its version. */
export function deriveKey(key: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), info, KEY_BYTES));
}

/** Throws `engine/config` for keys that the vault could not work with. */
export function assertMasterKeys(keys: MasterKeys): void {
  for (const [id, key] of keys.all) {
    if (key.length === KEY_BYTES) continue;
    throw new EngineError(
      "engine/config",
      `Master key "${id}" has ${key.length} bytes, ${KEY_BYTES} are needed; make one with: openssl rand -base64 32`,
    );
  }
  const current = keys.all.get(keys.current.id);
  if (current !== undefined && Buffer.compare(current, keys.current.key) === 0) return;
  throw new EngineError(
    "engine/config",
    `The current master key "${keys.current.id}" is not among the known keys; list it with the others`,
  );
}
