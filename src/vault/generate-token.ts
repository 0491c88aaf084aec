import { randomInt } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN_CHARACTERS = 32;

/** The secret part of an endpoint's URL: 32 characters of base62, 190 bits. */
export function generateEndpointToken(): string {
  return Array.from({ length: TOKEN_CHARACTERS }, () => BASE62[randomInt(BASE62.length)]).join("");
}

/** A key for the `Api-Key` header: `mk_` and 190 bits. The prefix lets secret scanners find a leaked one. */
export function generateApiKey(): string {
  return `mk_${generateEndpointToken()}`;
}
