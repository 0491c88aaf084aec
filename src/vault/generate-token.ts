import { randomInt } from "node:crypto";
import { EngineError } from "#contract/errors.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN_CHARACTERS = 32;
const OWN_KEY_MIN = 20;
const OWN_KEY_MAX = 200;

/** The secret part of an endpoint's URL: 32 characters of base62, 190 bits. */
export function generateEndpointToken(): string {
  return Array.from({ length: TOKEN_CHARACTERS }, () => BASE62[randomInt(BASE62.length)]).join("");
}

/** A key for the `Api-Key` header: `mk_` and 190 bits. The prefix lets secret scanners find a leaked one. */
export function generateApiKey(): string {
  return `mk_${generateEndpointToken()}`;
}

/** Throws `request/invalid` for a key of one's own that could be guessed or would not survive a header. */
export function assertOwnApiKey(apiKey: string): void {
  if (apiKey.length >= OWN_KEY_MIN && apiKey.length <= OWN_KEY_MAX && /^[\x21-\x7e]+$/.test(apiKey)) return;
  throw new EngineError(
    "request/invalid",
    `An API key of your own needs ${OWN_KEY_MIN} to ${OWN_KEY_MAX} visible ASCII characters without spaces; leave it out to have one generated`,
    { field: "apiKey" },
  );
}
