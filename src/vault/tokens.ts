import { createHmac, timingSafeEqual } from "node:crypto";
import { EngineError } from "#contract/errors.ts";
import { isId } from "#contract/ids.ts";
import { deriveKey, type MasterKeys } from "./master-keys.ts";

/** What needs a key but no database: status tokens and hashes of API keys. All of it is synchronous. */
export interface Tokens {
  /** Names an execution in a public URL, to be read by whoever holds it. 43 characters, base64url. */
  statusToken(executionId: string): string;
  /** The execution id of a token that this installation made, under any of its master keys. */
  verifyStatusToken(token: string): string | undefined;
  /** 32 bytes to store in the key's place: an HMAC under a pepper that is not in the database. */
  hashApiKey(apiKey: string): Buffer;
  /** Whether a presented key is one of those, hashed under any master key. Time does not tell which. */
  matchesApiKey(apiKey: string, hashes: readonly Uint8Array[]): boolean;
}

const MAC_BYTES = 16;
const ID_BYTES = 16;

export function createTokens(masterKeys: MasterKeys): Tokens {
  // The current key first: it is the one that nearly every token was made with.
  const ordered = [masterKeys.current.key, ...masterKeys.all.values()];
  const unique = ordered.filter(
    (key, index) => ordered.findIndex((other) => Buffer.compare(key, other) === 0) === index,
  );
  const statusKeys = unique.map((key) => deriveKey(key, "millrace/status-token/v1"));
  const peppers = unique.map((key) => deriveKey(key, "millrace/api-key/v1"));
  const mac = (key: Buffer, id: Buffer) =>
    createHmac("sha256", key).update(id).digest().subarray(0, MAC_BYTES);
  const hash = (pepper: Buffer, apiKey: string) => createHmac("sha256", pepper).update(apiKey).digest();
  const [statusKey] = statusKeys;
  const [pepper] = peppers;
  if (statusKey === undefined || pepper === undefined) {
    throw new EngineError("engine/config", "No master key is configured; set MILLRACE_ENCRYPTION_KEY");
  }

  return {
    statusToken(executionId) {
      const id = Buffer.from(executionId.replaceAll("-", ""), "hex");
      return Buffer.concat([id, mac(statusKey, id)]).toString("base64url");
    },
    verifyStatusToken(token) {
      const bytes = Buffer.from(token, "base64url");
      // One spelling per token: Buffer.from forgives padding, other alphabets and stray characters.
      if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString("base64url") !== token) return undefined;
      const id = bytes.subarray(0, ID_BYTES);
      const presented = bytes.subarray(ID_BYTES);
      if (!statusKeys.some((key) => timingSafeEqual(mac(key, id), presented))) return undefined;
      const text = id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      return isId(text) ? text : undefined;
    },
    hashApiKey: (apiKey) => hash(pepper, apiKey),
    matchesApiKey(apiKey, hashes) {
      let found = false;
      for (const key of peppers) {
        const presented = hash(key, apiKey);
        for (const stored of hashes) {
          if (stored.length === presented.length && timingSafeEqual(stored, presented)) found = true;
        }
      }
      return found;
    },
  };
}
