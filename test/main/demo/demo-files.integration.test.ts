import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { verify } from "@octokit/webhooks-methods";
import { afterEach, beforeEach, expect, test } from "vitest";
import { demoCurl } from "#main/demo/demo-curl.ts";
import { openDemoFolder } from "#main/demo/demo-files.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "millrace-demo-it's "));
});
afterEach(() => rm(dataDir, { recursive: true }));

test("secrets and port are remembered from start to start, for the owner's eyes only", async () => {
  const first = await openDemoFolder(dataDir);
  expect(first.memory.ledgerPort).toBeUndefined();
  await first.remember(8090);
  const second = await openDemoFolder(dataDir);
  expect(second.memory).toEqual({ ...first.memory, ledgerPort: 8090 });
  expect((await stat(join(dataDir, "demo/demo.json"))).mode & 0o777).toBe(0o600);
});

test("a damaged memory costs new secrets and nothing else", async () => {
  const first = await openDemoFolder(dataDir);
  await writeFile(join(dataDir, "demo/demo.json"), '{"ledgerPort":');
  const second = await openDemoFolder(dataDir);
  expect(second.memory.signingSecret).not.toBe(first.memory.signingSecret);
  expect((await openDemoFolder(dataDir)).memory).toEqual(second.memory);
});

test("the printed curl sends the payload with a signature that verifies, whatever the path is called", async () => {
  const payloadFile = join(dataDir, "push.json");
  const payload = await readFile(new URL("../../../examples/github-to-ledger/push.json", import.meta.url));
  const push = { webhookUrl: "http://127.0.0.1:1/hooks/t", signingSecret: "s3cret", payload, payloadFile };
  const command = demoCurl(push);
  // What a shell makes of it, in place of the program.
  const words = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }; ${command}`;
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", words]);
  const given = stdout.split("\0");
  const signature = given.find((word) => word.startsWith("X-Hub-Signature-256: "))?.split(" ")[1] ?? "";
  expect(await verify("s3cret", payload.toString(), signature)).toBe(true);
  expect(given.slice(0, 3)).toEqual(["-X", "POST", "http://127.0.0.1:1/hooks/t"]);
  expect(given).toContain("X-GitHub-Event: push");
  expect(given).toContain(`@${payloadFile}`);
  // A delivery id of its own each time it is made.
  expect(demoCurl(push)).not.toBe(command);
});
