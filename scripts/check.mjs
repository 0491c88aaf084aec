// Types, lint, format, unused code and unit tests, side by side where that is faster. Every failure is shown.
import { spawn } from "node:child_process";

const quick = [
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--quiet"]],
  ["format", "oxfmt", ["--check", "."]],
  ["unused", "knip", []],
  ["unit", "vitest", ["run", "--project", "unit", "--reporter=dot"]],
];

function run([name, command, args]) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) =>
      resolve({ name, code: 1, output: String(error), ms: Date.now() - startedAt }),
    );
    child.on("close", (code) => resolve({ name, code, output, ms: Date.now() - startedAt }));
  });
}

const results = [];
const waiting = [...quick];
await Promise.all(
  [1, 2].map(async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results.push(await run(next));
  }),
);

for (const { name, code, output, ms } of results) {
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name.padEnd(8)} ${(ms / 1000).toFixed(1)} s`);
  if (code !== 0) console.log(output);
}
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
