import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import ivm from "isolated-vm";

/** What the same work costs without a sandbox around it, in this process. */

/** A new isolate with a context, three calls into it, and its end: what isolated-vm itself costs. */
export function bareIsolateMs(): number {
  const startedAt = performance.now();
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  const context = isolate.createContextSync();
  const call = context.evalSync("() => 1", { reference: true });
  for (let n = 0; n < 3; n += 1) call.applySync(undefined, [], { timeout: 1000 });
  const ms = performance.now() - startedAt;
  isolate.dispose();
  return ms;
}

/** An empty Node process, from fork to its first message. */
export async function emptyForkMs(): Promise<number> {
  const startedAt = performance.now();
  const child = fork(fileURLToPath(new URL("./empty.ts", import.meta.url)), { execArgv: [] });
  await once(child, "message");
  const ms = performance.now() - startedAt;
  child.kill("SIGKILL");
  await once(child, "exit");
  return ms;
}

/** `count` timers of `ms` at once, repeated `times`: how late they are. */
export async function timersLateMs(count: number, ms: number, times: number): Promise<number[]> {
  const late: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (let n = 0; n < times; n += 1) {
        const from = performance.now();
        await new Promise((done) => setTimeout(done, ms));
        late.push(performance.now() - from - ms);
      }
    }),
  );
  return late;
}

/** One megabyte of text copied to bytes and back. */
export function copyMs(text: string): number {
  const startedAt = performance.now();
  const copy = Buffer.from(text, "utf8").toString("utf8");
  if (copy.length !== text.length) throw new Error("The copy differs");
  return performance.now() - startedAt;
}
