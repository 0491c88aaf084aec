import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Bundle, Sandbox } from "#contract/sandbox.ts";
import { request } from "undici";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { createEgress } from "#egress/create-egress.ts";
import type { BenchOptions, BenchRow } from "./run.ts";
import { bareIsolateMs, copyMs, emptyForkMs, timersLateMs } from "./sandbox/baselines.ts";
import { cellsCpuMs, cellsRssMb, ownCpuMs } from "./sandbox/cell-usage.ts";
import { inTurn, ROUNDS } from "./sandbox/in-turn.ts";
import { realBundle } from "./sandbox/real-bundle.ts";
import { bundleOf, execute, quantile, saturate } from "./sandbox/sessions.ts";

const THREE = ["a", "b", "c"] as const;
/** Between two executions of the latency rows: long enough for a spare to be made, as in a quiet worker. */
const QUIET_MS = 15;
const PARKED = 512;
const STEP_WAIT_MS = 300;

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
    rows.push(...(await fetchRows(sandbox, seconds)), await largeRow(sandbox), ...(await killRows()));
    rows.push(...(await parkedRows(seconds)));
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

async function largeRow(sandbox: Sandbox): Promise<BenchRow> {
  const bundle = bundleOf("a: ({ trigger }) => trigger.body.text()");
  const bodyText = JSON.stringify("x".repeat(1024 * 1024));
  await execute(sandbox, { steps: ["a"], bundle, bodyText });
  await pause(200);
  const measured = await inTurn(
    async () => {
      const times: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        times.push((await execute(sandbox, { steps: ["a"], bundle, bodyText })).ms);
        await pause(QUIET_MS * 2);
      }
      return quantile(times, 0.5);
    },
    () => copyMs(bodyText),
  );
  return {
    name: "1 MB in and 1 MB out: p50",
    ...row(measured),
    unit: "ms",
    target: "≤ 20",
    baseline: { name: "copy of the text, ms", value: measured.baseline },
  };
}

/** From the kill of the only cell to the next result, with a spare and without. */
async function killRows(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [spareCells, name, target] of [
    [1, "SIGKILL of a cell to a result of another, spare ready", "≤ 60"],
    [0, "SIGKILL of a cell to a result of another, no spare", "≤ 250"],
  ] as const) {
    const measured = await inTurn(() => replacementMs(spareCells), emptyForkMs);
    rows.push({
      name,
      ...row(measured),
      unit: "ms",
      target,
      baseline: { name: "fork of an empty Node, ms", value: measured.baseline },
    });
  }
  return rows;
}

async function replacementMs(spareCells: number): Promise<number> {
  const sandbox = await createSandbox({ fetch: () => Promise.reject(new Error("no network")), spareCells });
  try {
    const bundle = bundleOf("a: () => 1");
    await execute(sandbox, { steps: ["a"], bundle });
    // Until the spare is ready where there is to be one.
    while (spareCells > 0 && !sandbox.status().cells.some(({ state }) => state === "ready")) await pause(10);
    const bound = sandbox.status().cells.find(({ state }) => state === "bound");
    if (bound === undefined) throw new Error("No cell served");
    process.kill(bound.pid, "SIGKILL");
    const from = performance.now();
    while (sandbox.status().cells.some(({ pid }) => pid === bound.pid)) await pause(1);
    await execute(sandbox, { steps: ["a"], bundle });
    return performance.now() - from;
  } finally {
    await sandbox.stop();
  }
}

/**
 * A sandbox of its own: the memory stated is what these executions take. First 512 executions that go on: what a
 * parked step is late. Then executions of three steps, which are bound by the making of their isolates.
 */
async function parkedRows(seconds: number): Promise<BenchRow[]> {
  const wait = `() => new Promise((done) => setTimeout(done, ${STEP_WAIT_MS}, 1))`;
  const bundle = bundleOf(THREE.map((key) => `${key}: ${wait}`).join());
  const steps = Array.from({ length: Math.ceil((Math.max(seconds, 5) * 1000) / STEP_WAIT_MS) }, () => "a");
  const long = await parked(bundle, steps, 0);
  const short = await parked(bundle, THREE, Math.max(seconds, 5));
  const timers = await timersLateMs(PARKED, STEP_WAIT_MS, 5);
  const baseline = { name: "512 timers, p99 late, ms", value: quantile(timers, 0.99) };
  const target = "≥ 1100";
  return [
    { name: `512 at once, ${steps.length} steps of 300 ms each`, value: long.rate, unit: "steps/s", target },
    { name: "512 at once: added to a later step, p50", value: quantile(long.late, 0.5), unit: "ms" },
    {
      name: "512 at once: added to a later step, p99",
      value: quantile(long.late, 0.99),
      unit: "ms",
      target: "≤ 50",
      baseline,
    },
    {
      name: "512 at once: added to the first step, p50",
      value: quantile(long.firstLate, 0.5),
      unit: "ms",
      note: "all 512 isolates are made within the same 300 ms",
    },
    { name: "512 at once: memory of all cells", value: long.rssMb, unit: "MB", target: "≤ 1024" },
    { name: "512 at once, 3 steps of 300 ms, again and again", value: short.rate, unit: "steps/s", target },
  ];
}

async function parked(bundle: Bundle, steps: readonly string[], seconds: number) {
  const sandbox = await createSandbox({
    fetch: () => Promise.reject(new Error("no network")),
    executionsPerCell: Number.POSITIVE_INFINITY,
  });
  const late: number[] = [];
  const firstLate: number[] = [];
  let rssMb = 0;
  const poll = setInterval(() => {
    rssMb = Math.max(rssMb, cellsRssMb(sandbox));
  }, 100);
  const work = async () => {
    // Senders do not arrive in step with each other.
    await pause(Math.random() * STEP_WAIT_MS);
    const { stepMs } = await execute(sandbox, { steps, bundle });
    const [first = 0, ...later] = stepMs.map((ms) => ms - STEP_WAIT_MS);
    firstLate.push(first);
    late.push(...later);
  };
  try {
    // Cells are bound and forked before.
    await saturate(PARKED, 0.1, () => execute(sandbox, { steps: ["a"], bundle }));
    const from = performance.now();
    await saturate(PARKED, seconds, work);
    const rate = ((late.length + firstLate.length) / (performance.now() - from)) * 1000;
    return { rate, late, firstLate, rssMb };
  } finally {
    clearInterval(poll);
    await sandbox.stop();
  }
}

function row({ value, spread }: { value: number; spread: [low: number, high: number] }) {
  return { value, spread };
}

function spreadOf(values: number[]): { value: number; spread: [low: number, high: number] } {
  return { value: quantile(values, 0.5), spread: [Math.min(...values), Math.max(...values)] };
}
