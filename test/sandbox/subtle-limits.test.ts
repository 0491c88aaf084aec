import { describe, expect, test } from "vitest";
import { assertModestCall } from "#sandbox/cell/subtle-limits.ts";
import type { SubtleHeader } from "#sandbox/protocol.ts";

const pbkdf2 = (iterations: number) => ({ name: "PBKDF2", hash: "SHA-512", iterations });

describe("a call of crypto.subtle that could take for ever, or gigabytes, is refused before it starts", () => {
  test.each<[why: string, method: SubtleHeader["method"], args: unknown[]]>([
    ["rounds", "deriveBits", [pbkdf2(2_000_001), undefined, 256]],
    ["rounds times blocks", "deriveBits", [pbkdf2(1_000_000), undefined, 1_024]],
    [
      "rounds of a key without a length",
      "deriveKey",
      [pbkdf2(1_000_000), undefined, { name: "HMAC", hash: "SHA-512" }],
    ],
    ["bits", "deriveBits", [{ name: "HKDF", hash: "SHA-256" }, undefined, 1_000_000]],
    ["bits that wrap around", "deriveBits", [{ name: "HKDF", hash: "SHA-256" }, undefined, -8]],
    ["a key's length", "generateKey", [{ name: "HMAC", hash: "SHA-256", length: 4e9 }]],
    ["a modulus", "generateKey", [{ name: "RSA-PSS", modulusLength: 8_192 }]],
    ["a modulus as text", "generateKey", [{ name: "RSA-PSS", modulusLength: ["16384"] }]],
    ["an algorithm", "deriveBits", [{ name: "Argon2id", memory: 4e6, passes: 1e6 }, undefined, 256]],
    ["an algorithm by another writing", "deriveBits", [{ name: ["argon2ID"] }, undefined, 256]],
    ["an algorithm of any length", "digest", [{ name: "cSHAKE128", length: 8e9 }]],
    ["an algorithm as a hash", "generateKey", [{ name: "HMAC", hash: { name: "cSHAKE128", length: 8e9 } }]],
    ["an algorithm to unwrap for", "unwrapKey", ["raw", undefined, undefined, "AES-KW", "KMAC128"]],
  ])("%s", (_why, method, args) => {
    expect(() => assertModestCall(method, args, 100)).toThrow(DOMException);
  });

  test("arguments of a call that needs few", () => {
    const args = ["raw", undefined, "AES-GCM"];
    expect(() => assertModestCall("importKey", args, 300_000)).toThrow("at most 262144 characters");
  });
});

test.each<[method: SubtleHeader["method"], args: unknown[]]>([
  ["digest", ["sha-256"]],
  ["deriveBits", [pbkdf2(2_000_000), undefined, 256]],
  ["deriveBits", [pbkdf2(600_000), undefined, 512]],
  ["deriveKey", [pbkdf2(600_000), undefined, { name: "AES-GCM", length: 256 }]],
  ["generateKey", [{ name: "RSA-OAEP", modulusLength: 4_096, hash: { name: "SHA-256" } }]],
  ["wrapKey", ["raw", undefined, undefined, "AES-KW"]],
  // What is wrong, not too much, is for WebCrypto to name.
  ["digest", [undefined]],
  ["generateKey", [{}]],
])("%s of %j is for WebCrypto to decide", (method, args) => {
  expect(() => assertModestCall(method, args, 100)).not.toThrow();
});

test("data to digest, sign and encrypt may be long", () => {
  expect(() => assertModestCall("digest", ["SHA-512"], 30_000_000)).not.toThrow();
});
