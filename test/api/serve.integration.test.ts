import { Agent, request } from "node:http";
import { expect, test } from "vitest";
import { createRouter } from "#api/create-router.ts";
import { serve } from "#api/serve.ts";
import { waitFor } from "../support/wait-for.ts";

/** A server whose `/slow` answers when the test says so. */
async function start(graceMs: number) {
  let entered = () => {};
  let release = () => {};
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const app = createRouter();
  app.get("/fast", (context) => context.text("fast"));
  app.get("/slow", async (context) => {
    entered();
    await released;
    return context.text("slow");
  });
  const server = await serve({ app, host: "127.0.0.1", port: 0, graceMs });
  return { server, inside, release: () => release() };
}

function get(url: string, agent: Agent) {
  return new Promise<{ status: number; connection: string | undefined; text: string }>((resolve, reject) => {
    request(url, { agent }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, text });
      });
    })
      .on("error", reject)
      .end();
  });
}

test("stopping answers what is in flight, closes its connection and accepts nothing more", async () => {
  const { server, inside, release } = await start(5_000);
  const agent = new Agent({ keepAlive: true });
  const slow = get(`${server.url}/slow`, agent);
  await inside;
  const stopped = server.stop();
  await waitFor(
    () =>
      get(`${server.url}/fast`, new Agent()).then(
        () => false,
        (error: Error) => error.message.includes("ECONNREFUSED"),
      ),
    { what: "new connections are refused" },
  );
  release();
  expect(await slow).toEqual({ status: 200, connection: "close", text: "slow" });
  await stopped;
  agent.destroy();
});

test("what never ends is cut when the grace is over", async () => {
  const { server, inside } = await start(50);
  const slow = get(`${server.url}/slow`, new Agent()).catch((error: Error) => error.message);
  await inside;
  await server.stop();
  expect(await slow).toContain("socket hang up");
});

test("an idle connection does not hold the stop up", async () => {
  const { server } = await start(60_000);
  const agent = new Agent({ keepAlive: true });
  expect((await get(`${server.url}/fast`, agent)).text).toBe("fast");
  await Promise.all([server.stop(), server.stop()]);
  agent.destroy();
});

test("what is sent on an open connection while the process closes is answered, and ends the connection", async () => {
  const { server } = await start(5_000);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await get(`${server.url}/fast`, agent);
  const stopped = server.stop();
  expect(await get(`${server.url}/fast`, agent)).toEqual({ status: 200, connection: "close", text: "fast" });
  await stopped;
  agent.destroy();
});

test("a port that is taken is a sentence that says what to do", async () => {
  const { server } = await start(1_000);
  await expect(serve({ app: createRouter(), host: "127.0.0.1", port: server.port })).rejects.toMatchObject({
    code: "engine/start",
    message: expect.stringContaining("choose another PORT"),
  });
  await server.stop();
});
