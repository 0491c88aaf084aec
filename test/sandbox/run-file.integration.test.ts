import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notCapableMessage } from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";
import { runFile, type RunFileOptions } from "#sandbox/host/run-file.ts";
import { tempDir } from "../support/temp-dir.ts";
import { noNetwork, patience } from "./guest-program.ts";

function run(source: string, options: Partial<RunFileOptions> = {}) {
  const file = join(tempDir(), "program.ts");
  writeFileSync(file, source);
  return runFile({ file, permissions: {}, fetch: noNetwork, signal: patience(), ...options });
}

test("a file's default export runs as a step with the input and reports what it took", async () => {
  const report = await run(
    `export default async ({ input, log }: { input: { n: number }; log: Console }) => { log.info("n is", input.n); return { doubled: input.n * 2 }; };`,
    { input: { n: 21 } },
  );
  expect(report).toMatchObject({
    outcome: "ok",
    outputJson: '{"doubled":42}',
    audit: [],
    fetches: { count: 0 },
  });
  expect(report.logs.map(({ message }) => message)).toEqual(["n is 21"]);
  expect(report.durationMs).toBeGreaterThan(0);
  expect(report.peakMemoryMb).toBeGreaterThan(0);
});

test("a stack speaks of the author's file, line and column", async () => {
  const report = await run(
    `interface Never {}\n\nexport default () => {\n  throw new RangeError("here");\n};\n`,
  );
  expect(report.error).toMatchObject({ name: "RangeError", message: "here" });
  expect(report.error?.stack).toMatch(/program\.ts:4:9/);
  expect(report.error?.stack).not.toMatch(/\/tmp|millrace:guest/);
});

test("a hostile file is contained, and its use is told", async () => {
  const report = await run(`export default () => { let n = 3n; for (;;) n = n * n; };`, {
    limits: { cpuMs: 300 },
  });
  expect(report.outcome).toBe("cpu-exceeded");
  expect(report.cpuMs).toBeGreaterThan(0);
  expect(report.peakMemoryMb).toBeGreaterThan(10);
});

test("what only Node has is not there", async () => {
  const report = await run(
    `import { readFileSync } from "node:fs"; export default () => readFileSync("/etc/passwd", "utf8");`,
  );
  expect(report.outcome).toBe("threw");
  expect(report.error?.message).toContain("node:fs");
});

test("an access that is not granted is in the audit", async () => {
  const report = await run(`export default ({ fetch }: any) => fetch("https://evil.example");`, {
    fetch: (_request, { onAccess }) => {
      onAccess({ atMs: 1, permission: "net", value: "evil.example:443", granted: false });
      return Promise.reject(new EngineError("step/not-capable", notCapableMessage("evil.example:443")));
    },
  });
  expect(report).toMatchObject({
    outcome: "not-capable",
    audit: [{ value: "evil.example:443", granted: false }],
  });
});

test("a file without a default export or with an error is told by its place", async () => {
  expect((await run(`export const a = 1;`)).error?.message).toContain("no default export");
  await expect(run(`export default () => {`)).rejects.toMatchObject({
    code: "request/unprocessable",
    field: "file",
  });
});
