import { afterAll, beforeAll, expect, test } from "vitest";
import { createHintSender, type HintChannel, listenForHints } from "#db/hints.ts";
import { type CuttableProxy, startCuttableProxy } from "../support/cuttable-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let proxy: CuttableProxy;
let throughProxy: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  throughProxy = url.href;
});
afterAll(async () => {
  await proxy.stop();
  await database.drop();
});

function listen(databaseUrl: string, channels: readonly HintChannel[]) {
  const heard: string[] = [];
  const errors: Error[] = [];
  const listener = listenForHints({
    databaseUrl,
    applicationName: "test-listener",
    channels,
    onError: (error) => errors.push(error),
    onHint: (channel, subject) => heard.push(`${channel} ${subject ?? "anything"}`),
  });
  return { heard, errors, stop: () => listener.stop() };
}
const send = (databaseUrl: string) =>
  createHintSender({ databaseUrl, applicationName: "test-sender", onError: () => {} });

test("what is hinted within a window arrives once, on its channel", async () => {
  const listener = listen(database.url, ["millrace_queue", "millrace_execution"]);
  const sender = send(database.url);
  await waitFor(() => listener.heard.length === 2, { what: "a new listener looks at everything first" });
  listener.heard.length = 0;
  await waitFor(
    () => {
      for (let index = 0; index < 100; index += 1) sender.send("millrace_queue", String(index % 2));
      sender.send("millrace_execution", "e-1");
      sender.send("millrace_request", "r-1");
      return listener.heard.length > 0;
    },
    { what: "hints arrive" },
  );
  await sender.stop();
  await waitFor(() => listener.heard.includes("millrace_execution e-1"), { what: "all of them arrive" });
  await listener.stop();
  expect(new Set(listener.heard)).toEqual(
    new Set(["millrace_queue 0", "millrace_queue 1", "millrace_execution e-1"]),
  );
});

test("more subjects than one message carries arrive in several, too many as anything", async () => {
  const listener = listen(database.url, ["millrace_execution"]);
  const sender = send(database.url);
  await waitFor(
    () => {
      sender.send("millrace_execution", "ready");
      return listener.heard.includes("millrace_execution ready");
    },
    { what: "both ends are connected" },
  );
  const ids = Array.from({ length: 1_000 }, (_, index) => `execution-${index}-${"x".repeat(30)}`);
  for (const id of ids) sender.send("millrace_execution", id);
  await waitFor(() => ids.every((id) => listener.heard.includes(`millrace_execution ${id}`)), {
    what: "each arrives",
  });
  listener.heard.length = 0;
  for (let index = 0; index < 5_000; index += 1) sender.send("millrace_execution", String(index));
  await waitFor(() => listener.heard.includes("millrace_execution anything"), {
    what: "anything may have changed",
  });
  expect(listener.heard).toHaveLength(1);
  await sender.stop();
  await listener.stop();
});

test("both ends come back after a lost connection, and the listener makes up for what it missed", async () => {
  const listener = listen(throughProxy, ["millrace_queue"]);
  const sender = send(throughProxy);
  await waitFor(() => listener.heard.length === 1, { what: "the listener is connected" });
  proxy.cut();
  await waitFor(() => listener.errors.length > 0, { what: "the loss is told" });
  sender.send("millrace_queue", "3");
  proxy.restore();
  await waitFor(() => listener.heard.length === 2, { what: "the listener looks at everything again" });
  expect(listener.heard.at(-1)).toBe("millrace_queue anything");
  await waitFor(
    () => {
      sender.send("millrace_queue", "4");
      return listener.heard.includes("millrace_queue 4");
    },
    { what: "hints arrive again" },
  );
  await sender.stop();
  await listener.stop();
});

test("stopping while the database is away neither hangs nor leaks", async () => {
  proxy.cut();
  const listener = listen(throughProxy, ["millrace_queue"]);
  const sender = send(throughProxy);
  sender.send("millrace_queue", "1");
  await waitFor(() => listener.errors.length > 0, { what: "the database is known to be away" });
  await Promise.all([sender.stop(), listener.stop()]);
  proxy.restore();
});
