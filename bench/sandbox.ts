import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Bundle, Sandbox } from "#contract/sandbox.ts";
import { request } from "undici";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { createEgress } from "#egress/create-egress.ts";
import type { BenchOptions, BenchRow } from "./run.ts";
import { bareIsolateMs } from "./sandbox/baselines.ts";
import { cellsCpuMs, ownCpuMs } from "./sandbox/cell-usage.ts";
import { denoRows } from "./sandbox/deno-rows.ts";
import { inTurn, ROUNDS } from "./sandbox/in-turn.ts";
import { killRows } from "./sandbox/kill-rows.ts";
import { parkedRows } from "./sandbox/parked-rows.ts";
import { realBundle } from "./sandbox/real-bundle.ts";
import { bundleOf, execute, quantile, saturate } from "./sandbox/sessions.ts";
import { row, spreadOf } from "./sandbox/spread.ts";
import { textRows } from "./sandbox/text-rows.ts";

const THREE = ["a", "b", "c"] as const;
/** Between two executions of the latency rows: long enough for a spare to be made, as in a quiet worker. */
const QUIET_MS = 15;

/**
 * The sandbox alone: no Temporal, no Postgres. Real cells with every flag and limit that a worker uses; cells are not
 * recycled here, so that their CPU can be read, which costs a worker one fork in 2,000 executions.
 */
export async function run({ seconds }: BenchOptions): Promise<BenchRow[]> {
  const egress = createEgress();
  const sandbox = await createSandbox({
    fetch: (asked, context) =>
      egress.fetch(asked, { ...context, permissions: { net: { allow: ["127.0.0.1"], deny: [] } } }),
    executionsPerCell: Number.POSITIVE_INFINITY,
    spareCells: 2,
  });
  try {
    const empty = bundleOf("a: () => 1, b: () => 2, c: () => 3");
    const real = await realBundle();
    const rows = [...(await smallRows(sandbox, empty, seconds))];
    rows.push(...(await realRows(sandbox, real, seconds)));
    rows.push(...(await fetchRows(sandbox, seconds)), ...(await textRows(sandbox)), ...(await killRows()));
    rows.push(...(await parkedRows(seconds)), ...(await denoRows(seconds)));
    return rows;
  } finally {
    await sandbox.stop();
    await egress.stop();
  }
}

async function latencyMs(sandbox: Sandbox, bundle: Bundle): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 40; n += 1) {
    times.push((await execute(sandbox, { steps: THREE, bundle })).ms);
    await pause(QUIET_MS);
  }
  return quantile(times, 0.5);
}

async function smallRows(sandbox: Sandbox, bundle: Bundle, seconds: number): Promise<BenchRow[]> {
  await saturate(8, 1, () => execute(sandbox, { steps: THREE, bundle }));
  await pause(200);
  const latency = await inTurn(
    () => latencyMs(sandbox, bundle),
    () => bareIsolateMs(),
  );
  const busy = await throughput(sandbox, bundle, seconds);
  return [
    {
      name: "3 empty steps, one isolate, spare ready: p50",
      ...row(latency),
      unit: "ms",
      target: "≤ 4",
      baseline: { name: "bare isolate, in process, with JIT, ms", value: latency.baseline },
    },
    { name: "3 empty steps, 2 cells", ...row(busy.rate), unit: "executions/s", target: "≥ 300" },
    { name: "3 empty steps: CPU of host and cells", value: busy.cpuMs, unit: "ms/execution", target: "≤ 6" },
  ];
}

async function realRows(
  sandbox: Sandbox,
  { bundle, kilobytes }: { bundle: Bundle; kilobytes: number },
  seconds: number,
): Promise<BenchRow[]> {
  await saturate(4, 2, () => execute(sandbox, { steps: THREE, bundle }));
  await pause(500);
  const latency = await inTurn(
    () => slowLatencyMs(sandbox, bundle),
    () => bareIsolateMs(),
  );
  const busy = await throughput(sandbox, bundle, seconds);
  const note = `bundle of ${kilobytes.toFixed(0)} kB: zod with its languages, openapi-fetch, yaml`;
  return [
    {
      name: "3 steps, real bundle, spare ready: p50",
      ...row(latency),
      unit: "ms",
      target: "≤ 15",
      baseline: { name: "bare isolate, ms", value: latency.baseline },
      note,
    },
    { name: "3 steps, real bundle, 2 cells", ...row(busy.rate), unit: "executions/s", target: "≥ 60" },
    { name: "3 steps, real bundle: CPU of host and cells", value: busy.cpuMs, unit: "ms/execution" },
  ];
}

/** A spare of a real bundle takes longer to make. */
async function slowLatencyMs(sandbox: Sandbox, bundle: Bundle): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    times.push((await execute(sandbox, { steps: THREE, bundle })).ms);
    await pause(QUIET_MS * 6);
  }
  return quantile(times, 0.5);
}

async function throughput(sandbox: Sandbox, bundle: Bundle, seconds: number) {
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const cpuFrom = ownCpuMs() + cellsCpuMs(sandbox);
    const from = performance.now();
    const done = await saturate(8, seconds, () => execute(sandbox, { steps: THREE, bundle }));
    rates.push((done / (performance.now() - from)) * 1000);
    cpus.push((ownCpuMs() + cellsCpuMs(sandbox) - cpuFrom) / done);
  }
  return { rate: spreadOf(rates), cpuMs: quantile(cpus, 0.5) };
}

async function fetchRows(sandbox: Sandbox, seconds: number): Promise<BenchRow[]> {
  const server = createServer((_request, response) => response.end('{"ok":true}')).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // listening on a port
  const url = `http://127.0.0.1:${port}/p?q=1`;
  const bundle = bundleOf(
    `a: async ({ fetch }) => { const url = new URL("/p?q=1", "http://127.0.0.1:${port}"); return (await (await fetch(url)).json()).ok; }`,
  );
  const steps = Array.from({ length: 20 }, () => "a");
  await execute(sandbox, { steps, bundle });
  const measured = await inTurn(
    () => ratePerSecond(seconds, () => execute(sandbox, { steps, bundle }), steps.length),
    () => ratePerSecond(seconds / 2, async () => (await request(url)).body.json(), 1),
  );
  server.close();
  server.closeAllConnections();
  return [
    {
      name: "a step that parses a URL and fetches from a local server",
      ...row(measured),
      unit: "steps/s",
      target: "≥ 300",
      baseline: { name: "undici alone, requests/s", value: measured.baseline },
    },
  ];
}

async function ratePerSecond(seconds: number, work: () => Promise<unknown>, each: number): Promise<number> {
  const from = performance.now();
  const done = await saturate(8, seconds, work);
  return ((done * each) / (performance.now() - from)) * 1000;
}
