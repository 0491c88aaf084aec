import { expect, test } from "vitest";
import { Supervised } from "#embedded/supervised.ts";
import type { Part } from "#embedded/supervised.ts";

interface FakePart extends Part {
  end(code: number): void;
}

function createPart(events: string[]): FakePart {
  const { promise, resolve } = Promise.withResolvers<{ code: number }>();
  const stop = async (): Promise<void> => {
    events.push("stopped");
    resolve({ code: 0 });
  };
  return { exited: promise, stop, kill: () => resolve({ code: 137 }), end: (code) => resolve({ code }) };
}

/** Parts that are started one after another; `fails` says which of the starts do not succeed. */
function supervise(fails: (attempt: number) => boolean = () => false, attempts = 3) {
  const events: string[] = [];
  const started: FakePart[] = [];
  let calls = 0;
  let told = Promise.withResolvers<void>();
  const tell = (event: string): void => {
    events.push(event);
    told.resolve();
    told = Promise.withResolvers();
  };
  const supervised = new Supervised<FakePart>({
    name: "the part",
    logFile: "/data/part.log",
    signal: new AbortController().signal,
    attempts,
    firstDelayMs: 1,
    say: tell,
    onGiveUp: (error) => tell(`gave up: ${error.message}`),
    start: () => {
      calls += 1;
      if (fails(calls)) return Promise.reject(new Error("no luck"));
      const part = createPart(events);
      started.push(part);
      return Promise.resolve(part);
    },
  });
  const event = async (text: string): Promise<void> => {
    while (!events.some((one) => one.includes(text))) await told.promise;
  };
  return { supervised, started, events, event };
}

test("a first start that fails is thrown and not tried again", async () => {
  const { supervised, events } = supervise(() => true);
  await expect(supervised.start()).rejects.toThrow("no luck");
  expect(events).toEqual([]);
});

test("a part that ends by itself is started again, and said to be", async () => {
  const { supervised, started, events, event } = supervise();
  await supervised.start();
  started[0]!.end(139);
  await event("runs again");
  expect(events[0]).toContain(
    "the part ended with exit code 139; it is started again in 0.001 s (attempt 1)",
  );
  expect(supervised.state).toBe("running");
  expect(supervised.part).toBe(started[1]);
  await supervised.stop();
});

test("a start that fails in between is tried again", async () => {
  const { supervised, started, events, event } = supervise((attempt) => attempt === 2);
  await supervised.start();
  started[0]!.end(1);
  await event("runs again");
  expect(events.filter((one) => one.includes("it is started again"))).toHaveLength(2);
  await supervised.stop();
});

test("after the last attempt it gives up, once, and names the log", async () => {
  const { supervised, started, events, event } = supervise((attempt) => attempt > 1, 2);
  await supervised.start();
  started[0]!.end(1);
  await event("gave up");
  expect(events.at(-1)).toContain(
    "started 2 times again in vain (last: no luck). Its log is /data/part.log.",
  );
  expect(supervised.state).toBe("given-up");
  await supervised.stop();
  expect(events.filter((one) => one.includes("gave up"))).toHaveLength(1);
});

test("a stopped part is not started again", async () => {
  const { supervised, started, events } = supervise();
  await supervised.start();
  await supervised.stop();
  expect(events).toEqual(["stopped"]);
  expect(started).toHaveLength(1);
  expect(supervised.state).toBe("stopped");
});

test("a stop during the wait for the next attempt ends the supervision", async () => {
  const { supervised, started, event } = supervise();
  await supervised.start();
  started[0]!.end(1);
  await event("it is started again");
  await supervised.stop();
  expect(supervised.state).toBe("stopped");
  expect(supervised.part).toBeUndefined();
});

test("what comes up after the stop is stopped at once", async () => {
  const events: string[] = [];
  const coming = Promise.withResolvers<FakePart>();
  const stop = new AbortController();
  const supervised = new Supervised<FakePart>({
    name: "the part",
    logFile: "",
    signal: stop.signal,
    say: () => {},
    onGiveUp: () => {},
    start: () => coming.promise,
  });
  const started = supervised.start();
  stop.abort();
  coming.resolve(createPart(events));
  await expect(started).rejects.toThrow("aborted");
  expect(events).toEqual(["stopped"]);
});
