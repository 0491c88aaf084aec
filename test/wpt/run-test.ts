import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle, Sandbox } from "#contract/sandbox.ts";
import type { WptTest } from "./find-tests.ts";
import { ORIGIN } from "./serve-checkout.ts";
import { TEST_PROGRAM } from "./test-program.ts";

const bundle: Bundle = {
  sha256: createHash("sha256").update(TEST_PROGRAM).digest("hex"),
  load: () => Promise.resolve({ code: TEST_PROGRAM }),
};
const WAIT_MS = 6_000;
const LONG_WAIT_MS = 25_000;

export interface TestOutcome {
  /** `ok`: the file ran to its end. */
  status: string;
  message?: string;
  passed: number;
  failures: { name: string; message: string }[];
}

interface Answer {
  status: string;
  message?: string | null;
  results: { name: string; status: number; message: string | null }[];
}

export async function runTest(sandbox: Sandbox, root: string, test: WptTest): Promise<TestOutcome> {
  const session = sandbox.openSession(
    {
      domain: { organizationId: "wpt", integrationId: "wpt" },
      bundle,
      executionId: "wpt",
      flowKey: "wpt",
      permissions: { net: { allow: ["web-platform.test"], deny: [] } },
      limits: { cpuMs: 30_000, outputCharacters: 20_000_000, inputCharacters: 20_000_000, fetches: 500 },
    },
    { trigger: triggerOf(root, test), configJson: "{}", outputs: () => new Map() },
  );
  try {
    const step = { path: "run", stepKey: "run", attempt: 1, timeoutMs: 60_000, idempotencyKey: "wpt" };
    const report = await session.runStep(step, AbortSignal.timeout(120_000));
    if (report.outputJson === undefined)
      return { status: report.outcome, message: report.error?.message ?? "", passed: 0, failures: [] };
    return outcomeOf(JSON.parse(report.outputJson) as Answer); // what `TEST_PROGRAM` returns
  } finally {
    session.close();
  }
}

/** Served by the tests' own server under another name. */
const ALIASES: Record<string, string> = {
  "resources/WebIDLParser.js": "resources/webidl2/lib/webidl2.js",
};

function triggerOf(root: string, test: WptTest) {
  const read = (path: string) => readFileSync(join(root, ALIASES[path] ?? path), "utf8");
  // Scripts of a page share their constants, evaluated texts do not: so the test is one text with its scripts.
  const texts = [...test.scripts, test.path].map(read).join("\n;\n");
  const input = {
    href: `${ORIGIN}/${test.id}`,
    waitMs: test.isLong ? LONG_WAIT_MS : WAIT_MS,
    scripts: [
      { name: "testharness.js", text: read("resources/testharness.js") },
      { name: test.path, text: texts },
    ],
  };
  return {
    kind: "test",
    method: "POST",
    path: "/",
    query: "",
    headers: [],
    body: { encoding: "utf8" as const, data: JSON.stringify(input) },
    receivedAtMs: Date.now(),
  };
}

/** Statuses of the harness: 0 passed, 1 failed, 2 timed out, 3 not run, 4 a precondition was missing. */
function outcomeOf({ status, message, results }: Answer): TestOutcome {
  const failures = results
    .filter((result) => result.status !== 0 && result.status !== 4)
    .map((result) => ({ name: result.name, message: result.message ?? "" }));
  const passed = results.filter((result) => result.status === 0).length;
  return { status, ...(message ? { message } : {}), passed, failures };
}
