import { readFile } from "node:fs/promises";
import { testFlow, type LocalFetch } from "millrace/testing";
import { expect, test } from "vitest";
import integration from "./slack-command.ts";

const payload = await readFile(new URL("command.form", import.meta.url), "utf8");
const headers = { "Content-Type": "application/x-www-form-urlencoded" };
const run = (fetch: LocalFetch, body = payload) =>
  testFlow(integration, "status", { payload: body, headers, fetch });
const isSlack = ({ url }: Request) => url.startsWith("https://hooks.slack.com/");

test("the person is answered with what the status page says", async () => {
  const result = await run((request) =>
    isSlack(request) ? new Response("ok") : Response.json({ state: "degraded" }),
  );
  expect(result.state).toBe("succeeded");
  expect(result.requests.map(({ method, url }) => [method, url])).toEqual([
    ["GET", "https://status.example/services/checkout"],
    ["POST", "https://hooks.slack.com/commands/1/2"],
  ]);
  expect(result.requests[1]?.body).toContain("checkout is degraded.");
});

test("the person is told at once what is looked up", async () => {
  const result = await run(() => Response.json({ state: "up" }));
  expect(result.reply).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
  expect(JSON.parse(result.reply?.body ?? "")).toEqual({
    response_type: "ephemeral",
    text: "Looking up checkout…",
  });
});

test("an unknown service is an answer too", async () => {
  const result = await run((request) => new Response("", { status: isSlack(request) ? 200 : 404 }));
  expect(result.requests[1]?.body).toContain('There is no service \\"checkout\\".');
});

test("a status page that is down is asked three times", async () => {
  const result = await run(() => new Response("", { status: 503 }));
  expect(result.error).toMatchObject({ name: "RetryableError", step: "lookUp" });
  expect(result.attempts["lookUp"]).toBe(3);
});

test("an answer that comes too late ends the execution", async () => {
  const result = await run((request) =>
    isSlack(request) ? new Response("", { status: 404 }) : Response.json({ state: "up" }),
  );
  expect(result.error).toMatchObject({ code: "step/fatal", step: "answer" });
});

test("an answer goes to Slack and nowhere else", async () => {
  const body = "text=checkout&response_url=https%3A%2F%2Fevil.example%2F";
  const result = await run(() => Response.json({ state: "up" }), body);
  expect(result.error).toMatchObject({ code: "step/not-capable", step: "answer" });
});

test("what is no command ends the execution at once", async () => {
  const result = await run(() => new Response(), "text=checkout");
  expect(result.error).toMatchObject({ code: "step/fatal", step: "parse" });
});
