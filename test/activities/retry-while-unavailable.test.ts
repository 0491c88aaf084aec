import { expect, test } from "vitest";
import { retryWhileUnavailable } from "#activities/retry-while-unavailable.ts";

const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const never = new AbortController().signal;

test("an outage is waited out", async () => {
  const answers = [Promise.reject(away), Promise.resolve("stored")];
  answers[0]?.catch(() => {});
  const seen: unknown[] = [];
  const result = await retryWhileUnavailable(() => answers.shift() ?? Promise.resolve("late"), {
    signal: never,
    onUnavailable: (error) => seen.push(error),
  });
  expect(result).toBe("stored");
  expect(seen).toEqual([away]);
});

test("another error is none of its business", async () => {
  let calls = 0;
  const query = () => {
    calls += 1;
    return Promise.reject(new Error("syntax"));
  };
  await expect(retryWhileUnavailable(query, { signal: never, onUnavailable() {} })).rejects.toThrow("syntax");
  expect(calls).toBe(1);
});

test("an aborted signal ends it with the outage's error, after a last try", async () => {
  const controller = new AbortController();
  let calls = 0;
  const query = () => {
    calls += 1;
    return Promise.reject(away);
  };
  const options = { signal: controller.signal, onUnavailable: () => controller.abort() };
  await expect(retryWhileUnavailable(query, options)).rejects.toBe(away);
  expect(calls).toBe(2);
});
