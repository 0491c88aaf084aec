import type { QueryExecutorProvider } from "kysely";
import { EngineError } from "#contract/errors.ts";
import { findOrganizationKey, insertOrganizationKeyIfAbsent } from "#db/organization-keys.ts";
import { BoundedMap } from "./bounded-map.ts";
import { assertMasterKeys, deriveKey, type MasterKeys } from "./master-keys.ts";
import { type OrganizationKeyStore, unwrapKey, wrapNewKey } from "./organization-key.ts";
import { associatedData, openBox, sealBox } from "./seal.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/**
 * Envelope encryption. A master key of the operator wraps one data key per organization; from that HKDF derives a
 * key per purpose and day, which seals with AES-256-GCM.
 *
 * 1. No key serves two uses: wrapping, sealing of each purpose and day, tokens each have their own.
 * 2. What is sealed is bound to organization, purpose and row: moved to another row, it does not open.
 * 3. What is sealed names its organization key by fingerprint, so keys can be rotated while both are read.
 * 4. Two processes that use an organization first at once end with one key: the store keeps the first, both re-read.
 * 5. A failed read of a key is not remembered; plaintext never is.
 *
 * A sealed value: version (1) | fingerprint of the organization key (8) | day (4) | iv (12) | tag (16) | data.
 */
export interface Vault extends Tokens {
  /** `rowId` is the identity of the row that will hold the value. */
  seal(row: SealedRow, plaintext: Uint8Array): Promise<Buffer>;
  /** Throws `engine/internal` where the value was altered, moved, or sealed by an unknown key. */
  open(row: SealedRow, sealed: Uint8Array): Promise<Buffer>;
}

export interface SealedRow {
  organizationId: string;
  purpose: VaultPurpose;
  rowId: string;
}

/** What a sealed value is for; part of its key. */
export type VaultPurpose = "signing-secret" | "credential" | "config-value" | "answer";

const VERSION = 1;
const FINGERPRINT_BYTES = 8;
const HEADER_BYTES = 1 + FINGERPRINT_BYTES + 4;
const DAY_MS = 24 * 60 * 60 * 1000;
const CACHED_ORGANIZATIONS = 10_000;
const CACHED_DAY_KEYS = 20_000;

interface OrganizationKey {
  key: Buffer;
  fingerprint: Buffer;
}

/** A vault whose organization keys are rows of `organization_keys`. */
export function createVault(options: { db: QueryExecutorProvider; masterKeys: MasterKeys }): Vault {
  const { db, masterKeys } = options;
  return createVaultOver({
    masterKeys,
    store: {
      find: (organizationId) => findOrganizationKey(db, organizationId),
      insertIfAbsent: (organizationId, key) => insertOrganizationKeyIfAbsent(db, organizationId, key),
    },
  });
}

/** A vault over any store of organization keys. */
export function createVaultOver(options: {
  masterKeys: MasterKeys;
  store: OrganizationKeyStore;
  now?: () => number;
}): Vault {
  const { masterKeys, now = Date.now } = options;
  assertMasterKeys(masterKeys);
  const organizationKey = createKeyring(masterKeys, options.store);
  const dayKeys = new BoundedMap<string, Buffer>(CACHED_DAY_KEYS);

  const dayKey = (row: SealedRow, organization: OrganizationKey, day: number) => {
    const name = `${row.organizationId}/${organization.fingerprint.toString("hex")}/${row.purpose}/${day}`;
    const known = dayKeys.get(name);
    if (known !== undefined) return known;
    const key = deriveKey(organization.key, `millrace/seal/v1/${row.purpose}/${day}`);
    dayKeys.set(name, key);
    return key;
  };

  return {
    ...createTokens(masterKeys),
    async seal(row, plaintext) {
      const organization = await organizationKey(row.organizationId);
      const day = Math.floor(now() / DAY_MS);
      const header = headerOf(organization.fingerprint, day);
      return Buffer.concat([
        header,
        sealBox(dayKey(row, organization, day), plaintext, identityOf(row, header)),
      ]);
    },
    async open(row, sealed) {
      const organization = await organizationKey(row.organizationId);
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const header = bytes.subarray(0, HEADER_BYTES);
      const plaintext = isHeaderOf(header, organization)
        ? openBox(
            dayKey(row, organization, header.readUInt32BE(1 + FINGERPRINT_BYTES)),
            bytes.subarray(HEADER_BYTES),
            identityOf(row, header),
          )
        : undefined;
      if (plaintext !== undefined) return plaintext;
      throw new EngineError(
        "engine/internal",
        `The ${row.purpose} of ${row.rowId} does not open: it was altered, moved, or sealed by another key; set it again`,
      );
    },
  };
}

/** Unwrapped organization keys in memory, made at first use. */
function createKeyring(masterKeys: MasterKeys, store: OrganizationKeyStore) {
  const keys = new BoundedMap<string, Promise<OrganizationKey>>(CACHED_ORGANIZATIONS);

  const load = async (organizationId: string): Promise<OrganizationKey> => {
    let wrapped = await store.find(organizationId);
    if (wrapped === undefined) {
      await store.insertIfAbsent(organizationId, wrapNewKey(organizationId, masterKeys));
      // Another process may have been first: what the store holds now is the key.
      wrapped = await store.find(organizationId);
    }
    if (wrapped === undefined) {
      throw new EngineError(
        "engine/internal",
        `Organization ${organizationId} lost its key while it was made`,
      );
    }
    const key = unwrapKey(organizationId, wrapped, masterKeys);
    return { key, fingerprint: deriveKey(key, "millrace/fingerprint/v1").subarray(0, FINGERPRINT_BYTES) };
  };

  return (organizationId: string): Promise<OrganizationKey> => {
    const known = keys.get(organizationId);
    if (known !== undefined) return known;
    const loading = load(organizationId);
    keys.set(organizationId, loading);
    loading.catch(() => keys.delete(organizationId));
    return loading;
  };
}

function headerOf(fingerprint: Buffer, day: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION);
  fingerprint.copy(header, 1);
  header.writeUInt32BE(day, 1 + FINGERPRINT_BYTES);
  return header;
}

function isHeaderOf(header: Buffer, organization: OrganizationKey): boolean {
  return (
    header.length === HEADER_BYTES &&
    header[0] === VERSION &&
    header.subarray(1, 1 + FINGERPRINT_BYTES).equals(organization.fingerprint)
  );
}

function identityOf(row: SealedRow, header: Buffer): Buffer {
  return associatedData(header, row.organizationId, row.purpose, row.rowId);
}
