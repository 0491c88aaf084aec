import { expect, test } from "vitest";
import { createScrubber, REDACTED } from "#vault/create-scrubber.ts";

const secret = 'p@ss/w+rd "q" äß?&=%~';
const scrub = createScrubber([secret, "sk_live_abcdef0123456789"]);
const utf8 = Buffer.from(secret);

test.each([
  ["exact", secret],
  ["base64", utf8.toString("base64")],
  ["base64url", utf8.toString("base64url")],
  ["percent-encoded", encodeURIComponent(secret)],
  ["percent-encoded in lower case", encodeURIComponent(secret).replace(/%../g, (c) => c.toLowerCase())],
  ["form-encoded", new URLSearchParams({ a: secret }).toString().slice(2)],
  ["JSON-escaped", JSON.stringify(secret).slice(1, -1)],
  ["JSON-escaped with slashes", JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/")],
  ["in part percent-encoded", secret.replaceAll("/", "%2f").replaceAll("ä", "%c3%A4")],
  ["with unicode escapes", secret.replace(/[^ -~]|"/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)],
  ["hex", utf8.toString("hex")],
  ["upper-case hex", utf8.toString("hex").toUpperCase()],
])("a secret is found %s", (_, form) => {
  const text = scrub(`before ${form} after, and ${form} again`);
  expect(text).not.toContain(form);
  expect(text).toMatch(/^before \[redacted\].{0,4} after, and \[redacted\].{0,4} again$/);
});

test("a secret inside a longer base64 text is found at every offset", () => {
  for (const user of ["", "a", "ab", "abc", "user"]) {
    for (const tail of ["", "x", "yz"]) {
      for (const coding of ["base64", "base64url"] as const) {
        const scrubbed = scrub(`Basic ${Buffer.from(`${user}:${secret}${tail}`).toString(coding)}`);
        expect(scrubbed).toContain(REDACTED);
        const rest = scrubbed.slice("Basic ".length).replace(REDACTED, "");
        expect(rest.length).toBeLessThanOrEqual(16);
      }
    }
  }
});

test("a secret that begins with another is redacted whole", () => {
  expect(createScrubber(["token", "token-with-more"])("x token-with-more y token")).toBe(
    `x ${REDACTED} y ${REDACTED}`,
  );
});

test("characters of a regular expression are taken as they are", () => {
  expect(createScrubber(["a.c*(x)"])("a.c*(x) abc")).toBe(`${REDACTED} abc`);
});

test("secrets too short to tell from words, and no secrets, leave text alone", () => {
  expect(createScrubber(["", "a", "abc"])("a abc")).toBe("a abc");
  expect(createScrubber([])("anything")).toBe("anything");
});

test("text that begins like a secret many times over takes no more than linear time", () => {
  const slow = createScrubber([`${"%25".repeat(50)}!`, `${"a".repeat(60)}b`]);
  const text = `${"%25".repeat(20_000)}${"a".repeat(60_000)}`;
  const startedAt = performance.now();
  expect(slow(text)).toBe(text);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test("a lone surrogate in a secret does no harm", () => {
  expect(createScrubber(["abc\ud800def"])("x abc\ud800def")).toBe(`x ${REDACTED}`);
});
