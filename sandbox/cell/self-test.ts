import { spawnSync } from "node:child_process";
import { lookup } from "node:dns";
import { readFileSync, writeFileSync } from "node:fs";
import inspector from "node:inspector";
import { connect } from "node:net";
import { WASI } from "node:wasi";
import { Worker } from "node:worker_threads";

/**
 * Asks, after the permissions were dropped, for everything that a cell must not have. Each probe must be denied
 * by the permission model's own code: "it failed" would prove nothing. `net.listen` is not tried: its denial is
 * an uncaught exception.
 */
const DENIED = "ERR_ACCESS_DENIED";
type Probe = () => unknown;

const PROBES: Record<string, { run: Probe; expect: readonly string[] }> = {
  net: { run: () => settled((done) => connect(9, "127.0.0.1").on("error", done)), expect: [DENIED] },
  dns: { run: () => settled((done) => lookup("localhost", done)), expect: [DENIED] },
  "fs.read": { run: () => readFileSync("/etc/passwd"), expect: [DENIED] },
  "fs.write": { run: () => writeFileSync("/tmp/millrace-self-test", ""), expect: [DENIED] },
  spawn: { run: () => raise(spawnSync("true").error), expect: [DENIED] },
  worker: { run: () => new Worker("", { eval: true, execArgv: [] }), expect: [DENIED] },
  dlopen: { run: () => process.dlopen({ exports: {} }, "/nonexistent.node"), expect: [DENIED] },
  inspector: { run: () => inspector.open(0), expect: [DENIED] },
  wasi: { run: () => new WASI({ version: "preview1" }), expect: [DENIED] },
  sqlite: {
    run: () => process.getBuiltinModule("node:sqlite") ?? raise({ code: "absent" }),
    expect: ["absent"],
  },
  environment: { run: () => raise({ code: Object.keys(process.env).join() || "empty" }), expect: ["empty"] },
  webassembly: {
    run: () => raise({ code: typeof Reflect.get(globalThis, "WebAssembly") }),
    expect: ["undefined"],
  },
};

/** Signal 0 to the parent: refused by the system where the cell has a user of its own. */
const KILL_PARENT: Probe = () => process.kill(process.ppid, 0);

export interface ThreadSelfTest {
  codes: Record<string, string>;
  failures: string[];
}

export async function testSelf(thread: "main" | "thread", ownUser: boolean): Promise<ThreadSelfTest> {
  const codes: Record<string, string> = {};
  const failures: string[] = [];
  for (const [name, { run, expect }] of Object.entries(PROBES)) {
    const code = await codeOf(run);
    codes[name] = code;
    if (!expect.includes(code)) failures.push(`${thread}: ${name} gave ${code}, not ${expect.join(" or ")}`);
  }
  codes["kill-parent"] = await codeOf(KILL_PARENT);
  if (ownUser && codes["kill-parent"] !== "EPERM")
    failures.push(`${thread}: a signal to the parent gave ${codes["kill-parent"]}, not EPERM`);
  return { codes, failures };
}

async function codeOf(run: Probe): Promise<string> {
  try {
    await run();
    return "allowed";
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    return String(code ?? error);
  }
}

function settled(start: (done: (error: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

function raise(error: unknown): void {
  if (error !== undefined) throw error;
}
