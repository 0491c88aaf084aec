import { expect, test } from "vitest";
import { SubtleDesk } from "#sandbox/cell/subtle-desk.ts";
import { SubtleKeys } from "#sandbox/cell/subtle-keys.ts";
import { encodeFrame } from "#sandbox/protocol.ts";
import { waitFor } from "../support/wait-for.ts";

const PLENTY = { leftMs: () => 60_000, overrun: () => {} };
const digest = (id: number) =>
  encodeFrame({ op: "subtle", id, method: "digest" }, [
    JSON.stringify(["SHA-256", { $bytes: Buffer.from("text").toString("base64") }]),
  ]);

test("calls that wait when the run ends are never begun", async () => {
  const answered: number[] = [];
  const desk = new SubtleDesk({
    ...PLENTY,
    answer: ({ id }) => {
      answered.push(id);
      if (id === 2) desk.end();
    },
  });
  const keys = new SubtleKeys();
  for (let id = 1; id <= 50; id += 1) expect(desk.take(keys, digest(id))).toBe("+");
  await waitFor(() => answered.length >= 2, { what: "the first two are answered" });
  // One that went on would be answered before a call made later at another desk.
  const later = await new Promise<boolean>((resolve) => {
    const other = new SubtleDesk({ ...PLENTY, answer: ({ ok }) => resolve(ok) });
    other.take(keys, digest(1));
  });
  expect(later).toBe(true);
  expect(answered).toEqual([1, 2]);
});

test("a call that passes what is left is told of while it goes on", async () => {
  const told: number[] = [];
  const answered: boolean[] = [];
  const desk = new SubtleDesk({
    leftMs: () => 20,
    overrun: (spentMs) => void told.push(spentMs),
    answer: ({ ok }) => void answered.push(ok),
  });
  const keys = new SubtleKeys();
  const imported = JSON.parse(
    await keys.prepare(
      "importKey",
      JSON.stringify(["raw", { $bytes: "AAAA" }, "PBKDF2", false, ["deriveBits"]]),
    )(),
  ) as { $key: { id: number } };
  const algorithm = {
    $object: { name: "PBKDF2", hash: "SHA-512", salt: { $bytes: "AAAA" }, iterations: 400_000 },
  };
  const frame = encodeFrame({ op: "subtle", id: 1, method: "deriveBits" }, [
    JSON.stringify([algorithm, { $key: imported.$key.id }, 256]),
  ]);
  expect(desk.take(keys, frame)).toBe("+");
  await waitFor(() => told.length === 1, { what: "the call has passed what was left" });
  expect(desk.isWorking).toBe(true);
  await waitFor(() => answered.length === 1, { what: "the call has ended" });
  expect(desk.isWorking).toBe(false);
  expect(answered).toEqual([true]);
});

test("calls that wait are counted, and so is what they hold", () => {
  const desk = new SubtleDesk({ ...PLENTY, answer: () => {} });
  const keys = new SubtleKeys();
  const large = encodeFrame({ op: "subtle", id: 1, method: "digest" }, [
    JSON.stringify(["SHA-256", { $bytes: "A".repeat(20_000_000) }]),
  ]);
  expect(desk.take(keys, large)).toBe("+");
  expect(desk.take(keys, large)).toContain("hold at most");
  for (let id = 2; id <= 1_000; id += 1) desk.take(keys, digest(id));
  expect(desk.take(keys, digest(1_001))).toContain("At most 1000 calls");
  desk.end();
});

test("what cannot be read is answered like what fails", async () => {
  const answers: string[] = [];
  const desk = new SubtleDesk({
    ...PLENTY,
    answer: (answer) => void answers.push(answer.ok ? "ok" : `${answer.name}: ${answer.message}`),
  });
  const keys = new SubtleKeys();
  const ask = (method: string, json: string) =>
    desk.take(keys, encodeFrame({ op: "subtle", id: 1, method }, [json]));
  for (const json of [
    "{",
    "{}",
    `["SHA-256",{"$key":"__proto__"}]`,
    `["SHA-256",{"$object":"${"x".repeat(1_000)}"}]`,
  ])
    expect(ask("digest", json)).toBe("+");
  await waitFor(() => answers.length === 4, { what: "all are answered" });
  expect(answers.filter((answer) => answer === "ok")).toEqual([]);
  expect(ask("constructor", "[]")).toContain("no such method");
});
