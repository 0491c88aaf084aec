import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
// @ts-expect-error a script of plain JavaScript, since it runs before anything is installed
import * as script from "../../scripts/install.mjs";

// Its own declarations, for the reason above.
const { advice, fingerprint, holdsLocked, install, stateOf } = script as {
  advice(output: string): string;
  fingerprint(lockText: string, platform?: string): string;
  holdsLocked(lockText: string, installedText: string | undefined): boolean;
  install(root: string, say: (line: string) => void): Promise<void>;
  stateOf(root: string): { state: string; wanted: string };
};

const lock = JSON.stringify({
  packages: {
    "": { version: "1" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  },
});
const installed = JSON.stringify({ packages: { "node_modules/a": { version: "1.0.0" } } });
let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-install-"));
  mkdirSync(join(root, "node_modules", ".bin"), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), lock);
  writeFileSync(join(root, "node_modules", ".bin", "node"), "");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the fingerprint changes with the lock file and the platform", () => {
  const prints = [
    fingerprint("a", "linux-x64"),
    fingerprint("b", "linux-x64"),
    fingerprint("a", "darwin-arm64"),
  ];
  expect(new Set(prints).size).toBe(3);
  expect(fingerprint("a", "linux-x64")).toBe(prints[0]);
});

test("node_modules without a stamp or npm's record is stale", () => {
  expect(stateOf(root).state).toBe("stale");
});

test("what npm itself installed from the same lock file only lacks the stamp", async () => {
  writeFileSync(join(root, "node_modules", ".package-lock.json"), installed);
  expect(stateOf(root).state).toBe("unstamped");
  await install(root, (line) => expect.fail(line));
  expect(stateOf(root).state).toBe("fresh");
});

test("a changed lock file makes a fresh install stale", () => {
  writeFileSync(join(root, "node_modules", ".millrace-installed"), stateOf(root).wanted);
  expect(stateOf(root).state).toBe("fresh");
  writeFileSync(join(root, "package-lock.json"), lock.replace("1.0.0", "1.0.1"));
  expect(stateOf(root).state).toBe("stale");
});

test("a missing Node binary makes it stale whatever the stamp says", () => {
  writeFileSync(join(root, "node_modules", ".millrace-installed"), stateOf(root).wanted);
  rmSync(join(root, "node_modules", ".bin", "node"));
  expect(stateOf(root).state).toBe("stale");
});

test("an optional package of another platform may be missing, any other may not", () => {
  expect(holdsLocked(lock, installed)).toBe(true);
  expect(holdsLocked(lock, undefined)).toBe(false);
  expect(holdsLocked(lock, JSON.stringify({ packages: {} }))).toBe(false);
  expect(holdsLocked(lock, installed.replace("1.0.0", "0.9.0"))).toBe(false);
});

test("a folder without a lock file is said to be no checkout", () => {
  rmSync(join(root, "package-lock.json"));
  expect(() => stateOf(root)).toThrow("no package-lock.json");
});

test.each([
  ["npm error code ENOSPC", "The disk is full"],
  ["npm error code EACCES", "may not write"],
  ["npm error network request failed, reason: getaddrinfo ENOTFOUND", "could not be reached"],
  ["npm error code EINTEGRITY", "damaged"],
])("after %s it says what to do", (output, sentence) => {
  expect(advice(output)).toContain(sentence);
});
