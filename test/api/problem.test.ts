import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";
import { problemOf, problemResponse, toEngineError } from "#api/problem.ts";
import { EngineError } from "#contract/errors.ts";

test("an error of ours becomes a problem with its code, field and request id", async () => {
  const error = new EngineError("request/invalid", "name: too long", { field: "/name" });
  const response = problemResponse(error, "r-1");
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toEqual({
    type: "urn:millrace:error:request/invalid",
    title: "The request is not valid",
    status: 400,
    detail: "name: too long",
    code: "request/invalid",
    field: "/name",
    requestId: "r-1",
  });
});

test("what we did not foresee says nothing of itself", () => {
  const problem = problemOf(toEngineError(new Error("password=hunter2 at /home/x")));
  expect(problem.code).toBe("engine/internal");
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|home/);
});

test("an error that only has one of our codes keeps the code and not the message", () => {
  const foreign = Object.assign(new Error("secret"), { code: "request/conflict" });
  expect(toEngineError(foreign)).toMatchObject({ code: "request/conflict" });
  expect(toEngineError(foreign).message).not.toContain("secret");
});

test("an unreachable database is 503 and says when to come again", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" });
  for (const cause of [
    refused,
    new AggregateError([refused]),
    new Error("Connection terminated unexpectedly"),
  ]) {
    const error = toEngineError(cause);
    expect(error.code).toBe("engine/unavailable");
    expect(error.message).not.toContain("10.0.0.1");
    expect(problemResponse(error).headers.get("retry-after")).toBe("1");
  }
});

test("Retry-After is in whole seconds, rounded up", () => {
  const error = new EngineError("request/rate-limited", "slow down", { retryAfterMs: 1_200 });
  expect(problemResponse(error).headers.get("retry-after")).toBe("2");
});

test("Hono's own errors keep their status", () => {
  expect(toEngineError(new HTTPException(413, { message: "large" })).code).toBe("request/payload-too-large");
  expect(toEngineError(new HTTPException(400, { message: "Malformed JSON" })).code).toBe("request/invalid");
});
