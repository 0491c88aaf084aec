import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { generateApiKey, generateEndpointToken } from "#vault/generate-token.ts";
import { createTokens } from "#vault/tokens.ts";

const key = randomBytes(32);
const next = randomBytes(32);
const tokens = createTokens({ current: { id: "a", key }, all: new Map([["a", key]]) });
const rotated = createTokens({
  current: { id: "b", key: next },
  all: new Map([
    ["a", key],
    ["b", next],
  ]),
});

test("a status token names its execution, before and after a rotation", () => {
  const id = createId();
  const token = tokens.statusToken(id);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(tokens.verifyStatusToken(token)).toBe(id);
  expect(rotated.verifyStatusToken(token)).toBe(id);
  expect(tokens.verifyStatusToken(rotated.statusToken(id))).toBeUndefined();
});

test("a status token has one spelling, and none that was altered is accepted", () => {
  const token = tokens.statusToken(createId());
  for (let index = 0; index < token.length; index += 1) {
    const altered = token.slice(0, index) + (token[index] === "A" ? "B" : "A") + token.slice(index + 1);
    expect(tokens.verifyStatusToken(altered)).toBeUndefined();
  }
  for (const other of ["", "x", `${token}=`, ` ${token}`, token.slice(1), token + token]) {
    expect(tokens.verifyStatusToken(other)).toBeUndefined();
  }
});

test("an API key matches its hash, among several and after a rotation", () => {
  const apiKey = generateApiKey();
  const hashes = [tokens.hashApiKey(generateApiKey()), tokens.hashApiKey(apiKey)];
  expect(hashes[1]).toHaveLength(32);
  expect(tokens.matchesApiKey(apiKey, hashes)).toBe(true);
  expect(rotated.matchesApiKey(apiKey, hashes)).toBe(true);
  expect(tokens.matchesApiKey(`${apiKey}x`, hashes)).toBe(false);
  expect(tokens.matchesApiKey("", hashes)).toBe(false);
  expect(tokens.matchesApiKey(apiKey, [])).toBe(false);
  expect(tokens.matchesApiKey(apiKey, [new Uint8Array(31)])).toBe(false);
});

test("the hash of an API key depends on the installation's key", () => {
  expect(rotated.hashApiKey("k".repeat(20))).not.toEqual(tokens.hashApiKey("k".repeat(20)));
});

test("generated tokens are long, of URL-safe characters, and differ", () => {
  const made = Array.from({ length: 1_000 }, () => generateEndpointToken());
  expect(new Set(made).size).toBe(1_000);
  for (const token of made) expect(token).toMatch(/^[0-9A-Za-z]{32}$/);
  expect(generateApiKey()).toMatch(/^mk_[0-9A-Za-z]{32}$/);
});
