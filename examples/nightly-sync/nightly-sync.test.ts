import { testFlow, type LocalFetch } from "millrace/testing";
import { expect, test } from "vitest";
import integration from "./nightly-sync.ts";

const trigger = { kind: "schedule", method: "GET", receivedAt: new Date("2026-03-29T01:00:00Z") };

/** A catalogue of so many pages, 60 products each, in front of an index that takes everything. */
function catalogue(pages: number): LocalFetch {
  return (request) => {
    const url = new URL(request.url);
    if (url.host === "index.example") return new Response(null, { status: 204 });
    const page = Number(url.searchParams.get("cursor") ?? 0);
    const products = Array.from({ length: 60 }, (_, at) => ({ id: `${page}-${at}`, title: "T" }));
    return Response.json({ products, next: page + 1 < pages ? String(page + 1) : null });
  };
}

test("all pages are read, and indexed a hundred products at a time", async () => {
  const result = await testFlow(integration, "sync", { ...trigger, fetch: catalogue(3) });
  expect(result.output).toEqual({ indexed: 180 });
  const sent = result.requests.map(({ method, url }) => `${method} ${new URL(url).host}`);
  expect(sent).toEqual([
    ...Array.from({ length: 3 }, () => "GET catalogue.example"),
    ...Array.from({ length: 2 }, () => "PUT index.example"),
  ]);
  expect(result.logs[0]?.message).toBe("180 products changed since 2026-03-28T01:00:00.000Z");
});

test("the next run begins where the last one ended, and one that fails moves nothing", async () => {
  const first = await testFlow(integration, "sync", { ...trigger, fetch: catalogue(1) });
  expect(first.stateValues).toEqual({ syncedUntil: "2026-03-29T01:00:00.000Z" });
  const next = { ...trigger, receivedAt: new Date("2026-03-30T01:00:00Z"), state: first.stateValues };
  const failed = await testFlow(integration, "sync", {
    ...next,
    fetch: (request) =>
      request.method === "PUT" ? new Response("", { status: 500 }) : catalogue(1)(request),
  });
  expect(failed).toMatchObject({ state: "failed", stateValues: first.stateValues });
  const second = await testFlow(integration, "sync", { ...next, fetch: catalogue(1) });
  expect(new URL(second.requests[0]?.url ?? "").searchParams.get("changedSince")).toBe(
    "2026-03-29T01:00:00.000Z",
  );
  expect(second.stateValues).toEqual({ syncedUntil: "2026-03-30T01:00:00.000Z" });
});

test("nothing changed: nothing is indexed", async () => {
  const result = await testFlow(integration, "sync", {
    ...trigger,
    fetch: () => Response.json({ products: [], next: null }),
  });
  expect(result).toMatchObject({ output: { indexed: 0 }, attempts: { collect: 1, index: 1 } });
  expect(result.requests).toHaveLength(1);
});

test("a busy index is tried again, and what was read is kept", async () => {
  const answers = [429, 204];
  const read = catalogue(1);
  const result = await testFlow(integration, "sync", {
    ...trigger,
    fetch: (request) =>
      request.method === "PUT"
        ? new Response(null, { status: answers.shift() ?? 500, headers: { "Retry-After": "7" } })
        : read(request),
  });
  expect(result).toMatchObject({ state: "succeeded", attempts: { collect: 1, index: 2 } });
});

test("a catalogue without an end is given up with what to do", async () => {
  const result = await testFlow(integration, "sync", { ...trigger, fetch: catalogue(100) });
  expect(result.error?.message).toContain("let it run more often");
});
