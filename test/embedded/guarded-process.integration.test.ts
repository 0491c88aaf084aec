import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isAlive } from "#embedded/end-orphan.ts";
import { startGuarded } from "#embedded/guarded-process.ts";
import type { GuardedProcess } from "#embedded/guarded-process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const DEAF = "trap '' TERM INT; echo hello; while :; do sleep 0.1; done";
const POLITE = "trap 'echo bye; exit 3' TERM; echo hello; while :; do sleep 0.05; done";

function start(script: string, logFile: string): Promise<GuardedProcess> {
  return startGuarded({
    command: "/bin/sh",
    args: ["-c", script],
    env: { PATH: "/usr/bin:/bin" },
    logFile,
    stopSignal: "TERM",
    forceSignal: "KILL",
    killAfterMs: 300,
  });
}

/** Its traps are set once it has said hello. */
async function startHeard(script: string): Promise<GuardedProcess & { logFile: string }> {
  const logFile = join(tempDir(), "log");
  const program = await start(script, logFile);
  await waitFor(() => readFileSync(logFile, "utf8").includes("hello"), { what: "the program runs" });
  return { ...program, logFile };
}

test("a stopped program gets its signal, and its exit code and output are kept", async () => {
  const program = await startHeard(POLITE);
  expect(await program.stop()).toEqual({ code: 3 });
  expect(readFileSync(program.logFile, "utf8")).toBe("hello\nbye\n");
});

test("a program that does not listen to its stop signal is killed", async () => {
  const program = await startHeard(DEAF);
  expect(await program.stop()).toEqual({ code: 137 });
  expect(isAlive(program.pid)).toBe(false);
});

test("the end of the program is noticed, with its exit code", async () => {
  const program = await start("exit 7", join(tempDir(), "log"));
  expect(await program.exited).toEqual({ code: 7 });
  const killed = await start("sleep 60", join(tempDir(), "log"));
  process.kill(killed.pid, "SIGKILL");
  expect(await killed.exited).toEqual({ code: 137 });
});

test("kill ends a deaf program at once", async () => {
  const program = await startHeard(DEAF);
  program.kill();
  expect(await program.exited).toEqual({ code: 137 });
});

test("a command that does not exist ends with the shell's code for it", async () => {
  const program = await startGuarded({
    command: "/does/not/exist",
    args: [],
    env: {},
    logFile: join(tempDir(), "log"),
    stopSignal: "TERM",
    forceSignal: "KILL",
    killAfterMs: 100,
  });
  expect(await program.exited).toEqual({ code: 127 });
});

test.each([
  ["polite", POLITE],
  ["deaf", DEAF],
])("a killed parent takes a %s program with it", async (_kind, script) => {
  const parentScript = fileURLToPath(new URL("../fixtures/parts/guarding-parent.ts", import.meta.url));
  const logFile = join(tempDir(), "log");
  const parent = spawn(process.execPath, [parentScript, logFile, script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  parent.stdout.on("data", (chunk) => (said += String(chunk)));
  const pid = Number(
    await waitFor(() => /^\d+\n/.exec(said)?.[0], { what: "the parent says the program's pid" }),
  );
  await waitFor(() => readFileSync(logFile, "utf8").includes("hello"), { what: "the program runs" });
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await waitFor(() => !isAlive(pid), { what: "the program is gone" });
});
