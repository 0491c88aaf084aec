import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Ledger, startLedger } from "../../examples/github-to-ledger/ledger.ts";
import type { LedgerEntry, LedgerRequest } from "../../examples/github-to-ledger/ledger-book.ts";

let folder: string;
let file: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-ledger-"));
  file = join(folder, "ledger.jsonl");
  ledger = await startLedger({ file });
});
afterEach(async () => {
  await ledger.stop();
  await rm(folder, { recursive: true });
});

function post(url: string, body: unknown, key?: string): Promise<Response> {
  return fetch(`${url}/entries`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(key === undefined ? {} : { "Idempotency-Key": key }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}
const entryOf = async (response: Response) => (await response.json()) as LedgerEntry;
const list = async (query = "") =>
  ((await (await fetch(`${ledger.url}/entries${query}`)).json()) as { entries: LedgerEntry[] }).entries;
const requests = async () =>
  ((await (await fetch(`${ledger.url}/requests`)).json()) as { requests: LedgerRequest[] }).requests;

test("a key is taken once, its repeats get the same entry, each request is remembered", async () => {
  const first = await post(ledger.url, { a: 1 }, "k1");
  const again = await post(ledger.url, { a: 1 }, "k1");
  expect([first.status, again.status]).toEqual([201, 200]);
  const entry = await entryOf(first);
  expect(await entryOf(again)).toEqual(entry);
  expect(entry).toMatchObject({ idempotencyKey: "k1", body: { a: 1 } });
  expect(await list()).toEqual([entry]);
  expect(await requests()).toMatchObject([
    { idempotencyKey: "k1", status: 201, entryId: entry.id },
    { idempotencyKey: "k1", status: 200, entryId: entry.id },
  ]);
});

test("many requests with one key at once leave one entry", async () => {
  const responses = await Promise.all(Array.from({ length: 50 }, () => post(ledger.url, { a: 1 }, "k")));
  expect(responses.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set((await Promise.all(responses.map(entryOf))).map(({ id }) => id)).size).toBe(1);
  expect(await list()).toHaveLength(1);
  expect(await requests()).toHaveLength(50);
});

test("a key with another body is refused; without a key each request is an entry", async () => {
  await post(ledger.url, { a: 1 }, "k");
  expect((await post(ledger.url, { a: 2 }, "k")).status).toBe(422);
  await post(ledger.url, { a: 3 });
  await post(ledger.url, { a: 3 });
  expect((await list()).map(({ body }) => body["a"])).toEqual([1, 3, 3]);
  expect(await list("?a=3")).toHaveLength(2);
});

test("a body that is no object is refused", async () => {
  for (const body of ["{", "[]", "1", ""]) expect((await post(ledger.url, body)).status).toBe(400);
  expect(await list()).toEqual([]);
});

test("failures are answered as asked for, with and without the effect", async () => {
  const fail = (query: string) => fetch(`${ledger.url}/fail?${query}`, { method: "POST" });
  expect((await fail("status=200&times=1")).status).toBe(400);
  await fail("status=503&times=2&retryAfter=3");
  const failed = await post(ledger.url, { a: 1 }, "k");
  expect([failed.status, failed.headers.get("Retry-After")]).toEqual([503, "3"]);
  expect((await post(ledger.url, { a: 1 }, "k")).status).toBe(503);
  expect(await list()).toEqual([]);
  await fail("status=500&times=1&effect=1");
  expect((await post(ledger.url, { a: 1 }, "k")).status).toBe(500);
  expect((await post(ledger.url, { a: 1 }, "k")).status).toBe(200);
  expect(await list()).toHaveLength(1);
  expect((await requests()).map(({ status }) => status)).toEqual([503, 503, 500, 200]);
});

test("a restart knows every key, and cuts off a line that a crash left short", async () => {
  const entry = await entryOf(await post(ledger.url, { name: "ä" }, "k1"));
  await ledger.stop();
  const whole = await readFile(file, "utf8");
  await appendFile(file, '{"request":{"at":"2026-');
  ledger = await startLedger({ file });
  expect(await readFile(file, "utf8")).toBe(whole);
  const again = await post(ledger.url, { name: "ä" }, "k1");
  expect(again.status).toBe(200);
  expect(await entryOf(again)).toEqual(entry);
});

test("a line that was altered is not passed over", async () => {
  await writeFile(join(folder, "broken.jsonl"), '{"request":\n{}\n');
  await expect(startLedger({ file: join(folder, "broken.jsonl") })).rejects.toThrow(SyntaxError);
});

test("SIGKILL in the middle loses nothing that was acknowledged", async () => {
  const own = join(folder, "own.jsonl");
  const script = fileURLToPath(new URL("../../examples/github-to-ledger/ledger.ts", import.meta.url));
  const child = spawn(process.execPath, [script, "--file", own], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = line.toString().trim();
  const acknowledged: string[] = [];
  const sender = async (sender: number) => {
    for (let count = 0; ; count += 1) {
      const key = `${sender}-${count}`;
      const response = await post(url, { key }, key).catch(() => undefined);
      if (response?.status !== 201) return;
      acknowledged.push(key);
      if (acknowledged.length === 200) child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => sender(index)));
  await exited;
  const restarted = await startLedger({ file: own });
  try {
    const { entries } = (await (await fetch(`${restarted.url}/entries`)).json()) as {
      entries: LedgerEntry[];
    };
    const keys = entries.map(({ idempotencyKey }) => idempotencyKey);
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(keys).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(keys).size).toBe(keys.length);
  } finally {
    await restarted.stop();
  }
});
