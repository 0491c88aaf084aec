import type { MessagePort } from "node:worker_threads";
import type { SandboxLogLine } from "#contract/sandbox.ts";
import type { FetchAnswer, FetchHeader, Libraries, RunLimits } from "../protocol.ts";
import type { ThreadSelfTest } from "./self-test.ts";
import type { ScriptText } from "./isolate.ts";

/** Between the cell's two threads: tasks go by piscina, in order; the rest by a port of its own. */
export type ThreadTask =
  /** Answered once the thread has loaded its modules. */
  | { type: "load" }
  | {
      type: "start";
      guest: ScriptText;
      libraries: Libraries;
      tokenMemory: SharedArrayBuffer;
      port: MessagePort;
      ownUser: boolean;
    }
  | { type: "bundle"; sha256: string; bundle: ScriptText; spares: number }
  | { type: "compile"; code: string; fileName: string }
  | { type: "step"; run: number; lease: number; sha256: string; limits: RunLimits; text: string }
  | { type: "definition"; run: number; sha256: string; limits: RunLimits; nowMs: number; seed: number };

export type ToThread =
  | { type: "fetched"; run: number; answer: FetchAnswer; body?: Uint8Array }
  | { type: "bundle-cache"; sha256: string; cache: Uint8Array }
  | { type: "cancel"; run: number }
  | { type: "close"; lease: number }
  | { type: "ping" };

export type FromThread =
  | { type: "fetch"; run: number; header: FetchHeader; body: string }
  | { type: "fetch-abort"; run: number; id: number }
  | { type: "log"; run: number; at: number; line: SandboxLogLine }
  | { type: "spares"; count: number }
  | { type: "pong" }
  | { type: "overrun"; run: number; sha256: string }
  | { type: "cache-rejected"; sha256?: string };

export type StartAnswer = ThreadSelfTest;
