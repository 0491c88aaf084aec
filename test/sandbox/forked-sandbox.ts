import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { noNetwork, runOne } from "./guest-program.ts";

/** A process with a cell that burns and one that is spare, which a test kills. Tells their pids. */
const sandbox = await createSandbox({ fetch: noNetwork });
void runOne(sandbox, `() => { for (;;); }`, { limits: { cpuMs: 30_000 }, timeoutMs: 60_000 });
const poll = setInterval(() => {
  const { cells } = sandbox.status();
  if (!cells.some(({ state }) => state === "bound") || !cells.some(({ state }) => state === "ready")) return;
  clearInterval(poll);
  process.send?.(cells.map(({ pid }) => pid));
}, 20);
