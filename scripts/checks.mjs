// The checks that need no running part: types, lint, format, unused code.
import { spawn } from "node:child_process";

export const CHECKS = [
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--quiet"]],
  ["format", "oxfmt", ["--check", "."]],
  ["unused", "knip", []],
];

/** Runs one and keeps its output; never rejects. */
export function runCheck([name, command, args]) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    const end = (code) => resolve({ name, code, output, ms: Date.now() - startedAt });
    child.on("error", (error) => {
      output += String(error);
      end(1);
    });
    child.on("close", end);
  });
}

/** Two side by side: what the smallest machine has cores for. Results in the order of their end. */
export async function runChecks(checks) {
  const results = [];
  const waiting = [...checks];
  const runNext = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results.push(await runCheck(next));
  };
  await Promise.all([runNext(), runNext()]);
  return results;
}

export function printChecks(results) {
  for (const { name, code, output, ms } of results) {
    console.log(`${code === 0 ? "ok  " : "FAIL"} ${name.padEnd(8)} ${(ms / 1000).toFixed(1)} s`);
    if (code !== 0) console.log(output);
  }
}
