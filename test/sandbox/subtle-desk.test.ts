import { expect, test } from "vitest";
import { SubtleDesk } from "#sandbox/cell/subtle-desk.ts";
import { SubtleKeys } from "#sandbox/cell/subtle-keys.ts";
import { encodeFrame } from "#sandbox/protocol.ts";
import { waitFor } from "../support/wait-for.ts";

const digest = (id: number) =>
  encodeFrame({ op: "subtle", id, method: "digest" }, [
    JSON.stringify(["SHA-256", { $bytes: Buffer.from("text").toString("base64") }]),
  ]);

test("calls that wait when the run ends are never begun", async () => {
  const answered: number[] = [];
  const desk = new SubtleDesk({
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
    const other = new SubtleDesk({ answer: ({ ok }) => resolve(ok) });
    other.take(keys, digest(1));
  });
  expect(later).toBe(true);
  expect(answered).toEqual([1, 2]);
});
