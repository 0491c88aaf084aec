// `npm test`: the checks, then every test; the last line counts them. A check that fails counts as a failed test, and
// so does a run that ends badly without naming one. With arguments, `npm test -- test/db`, vitest alone runs on them.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHECKS, printChecks, runChecks } from "./checks.mjs";

const MOST_MS = 45 * 60 * 1000;
const END_WITHIN_MS = 10_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Passed, failed and skipped tests of one vitest run, by its JSON report (undefined where it wrote none) and exit code. */
export function countTests(reportText, exitCode) {
  const report = reportText === undefined ? undefined : JSON.parse(reportText);
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  let failed = report?.numFailedTests ?? 0;
  // A file that could not even be loaded has no tests to count.
  failed += (report?.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  ).length;
  // An error outside of any test, a crash, the time limit, or nothing that ran.
  if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
  return { passed, failed, skipped };
}

export function summaryLine(counts) {
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  return `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
}

function runVitest(folder, name, args) {
  const reportFile = join(folder, `${name}.json`);
  return new Promise((resolve, reject) => {
    // A group of its own, so that the time limit ends whatever a test has started. Guards end what they guard.
    const child = spawn(
      "vitest",
      ["run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`],
      { stdio: ["ignore", "inherit", "inherit"], detached: true },
    );
    const endGroup = (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended by itself.
      }
    };
    // Vitest ends its workers and tears down; what they left is ended after a moment.
    let interrupted;
    const forward = () => {
      endGroup("SIGINT");
      interrupted ??= setTimeout(() => endGroup("SIGKILL"), END_WITHIN_MS);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const timer = setTimeout(() => {
      console.error(`the time limit of ${Math.round(MOST_MS / 60_000)} minutes has passed: ending the tests`);
      endGroup("SIGKILL");
    }, MOST_MS - performance.now());
    const end = (code) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, forward);
      clearTimeout(interrupted);
      if (interrupted === undefined) resolve(countTests(readReport(reportFile), code));
      else reject(new Error("the tests were interrupted"));
    };
    child.on("error", () => end(1));
    child.on("close", (code) => end(code ?? 1));
  });
}

function readReport(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

async function main(args) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-report-"));
  const counts = [];
  try {
    if (args.length > 0) {
      counts.push(await runVitest(folder, "some", args));
    } else {
      const results = await runChecks(CHECKS);
      printChecks(results);
      counts.push(
        ...results.map(({ code }) => ({
          passed: Number(code === 0),
          failed: Number(code !== 0),
          skipped: 0,
        })),
      );
      counts.push(await runVitest(folder, "parts", ["--project", "unit", "--project", "integration"]));
      // Alone: these start whole installations and measure their times.
      counts.push(await runVitest(folder, "whole", ["--project", "e2e"]));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${summaryLine(counts)}`);
  process.exitCode = counts.some(({ failed }) => failed > 0) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 130;
  });
}
