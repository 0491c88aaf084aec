import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Load, LoadResult } from "./sender.ts";
import type { ServerMessage, ServerStart } from "./server.ts";

export interface BenchServer {
  port: number;
  usage(): Promise<{ cpuMs: number; rssMb: number }>;
  stop(): void;
}

export async function startServer(options: ServerStart): Promise<BenchServer> {
  const child = fork(new URL("./server.ts", import.meta.url));
  const ask = (message: ServerStart | "usage") => askChild<ServerMessage>(child, message);
  const started = await ask(options);
  if (started.type !== "listening") throw new Error("The server did not say its port");
  return {
    port: started.port,
    async usage() {
      const answer = await ask("usage");
      if (answer.type !== "usage") throw new Error("The server did not say its usage");
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

export function startSender(): { send(load: Load): Promise<LoadResult>; stop(): void } {
  const child: ChildProcess = fork(new URL("./sender.ts", import.meta.url));
  return {
    send: (load) => askChild<LoadResult>(child, load),
    stop: () => child.disconnect(),
  };
}

function askChild<Answer>(child: ChildProcess, message: Serializable): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`A process of the benchmark ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (answer) => {
      child.off("exit", onExit);
      resolve(answer as Answer); // our own process
    });
    child.send(message);
  });
}

const TICKS_PER_SECOND = 100;

/** CPU of a process and its children so far, in milliseconds; undefined where there is no /proc. */
export function readTreeCpuMs(pid: number): number | undefined {
  try {
    let ticks = 0;
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const stat = readStat(entry);
      if (stat !== undefined && (stat.pid === pid || stat.parent === pid)) ticks += stat.ticks;
    }
    return (ticks / TICKS_PER_SECOND) * 1000;
  } catch {
    return undefined; // not Linux
  }
}

function readStat(pid: string): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    // proc_pid_stat(5): parent is field 4, utime and stime 14 and 15, those of reaped children 16 and 17.
    return {
      pid: Number(pid),
      parent: fields[1] ?? 0,
      ticks: [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0),
    };
  } catch {
    return undefined; // it ended meanwhile
  }
}
