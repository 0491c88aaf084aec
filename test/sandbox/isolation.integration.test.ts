import { describe, expect, test } from "vitest";
import type { Bundle, StepReport, TrustDomain } from "#contract/sandbox.ts";
import {
  bundleOf,
  DOMAIN,
  open,
  OTHER_DOMAIN,
  outputOf,
  patience,
  step,
  useSandbox,
} from "./guest-program.ts";

/** Two customers of one integration, in one cell where it can be: nothing of one is seen by the other. */
const sandbox = useSandbox({ maxCells: 4, spareCells: 0 });

interface Customer {
  secret: string;
  domain?: TrustDomain;
}

async function runFor(
  bundle: Bundle,
  stepKey: string,
  { secret, domain = DOMAIN }: Customer,
): Promise<StepReport> {
  const configJson = JSON.stringify({ secret });
  const session = open(sandbox(), bundle, { domain, inputs: { configJson } });
  try {
    return await session.runStep(step(stepKey), patience());
  } finally {
    session.close();
  }
}

/** `leave` runs for one customer, then `look` for another; the cell is the same. */
async function leaveThenLook(bundle: Bundle): Promise<unknown> {
  const leave = await runFor(bundle, "leave", { secret: "of the first" });
  const cells = sandbox()
    .status()
    .cells.map(({ pid }) => pid);
  const look = await runFor(bundle, "look", { secret: "of the second" });
  expect(leave.outcome).toBe("ok");
  expect(
    sandbox()
      .status()
      .cells.map(({ pid }) => pid),
  ).toEqual(expect.arrayContaining(cells.slice(0, 1)));
  return outputOf(look);
}

describe("what one customer's execution leaves is not seen by another's", () => {
  test("on the global", async () => {
    const bundle = bundleOf(`
      leave: ({ config }) => { globalThis.left = config.secret; globalThis.fetch = () => config.secret; },
      look: () => [typeof globalThis.left, String(fetch).includes("secret"), Object.keys(globalThis)]`);
    expect(await leaveThenLook(bundle)).toEqual(["undefined", false, []]);
  });

  test("on prototypes and built-ins", async () => {
    const bundle = bundleOf(`
      leave: ({ config }) => { Object.prototype.left = config.secret; Array.prototype.map = () => config.secret; JSON.parse = () => config.secret; },
      look: ({ config }) => [{}.left ?? null, [1].map((n) => n), config.secret]`);
    expect(await leaveThenLook(bundle)).toEqual([null, [1], "of the second"]);
  });

  test("in the state of its module", async () => {
    const bundle = bundleOf(
      `leave: ({ config }) => { kept.push(config.secret); }, look: () => kept`,
      `const kept = [];`,
    );
    expect(await leaveThenLook(bundle)).toEqual([]);
  });

  test("in timers and promises that were pending", async () => {
    const bundle = bundleOf(`
      leave: ({ config }) => { setInterval(() => { globalThis.late = config.secret; console.log(config.secret); }, 1); },
      look: () => new Promise((done) => setTimeout(() => done(globalThis.late ?? null), 50))`);
    const leave = await runFor(bundle, "leave", { secret: "of the first" });
    const look = await runFor(bundle, "look", { secret: "of the second" });
    expect([leave.logs, look.logs]).toEqual([[], []]);
    expect(outputOf(look)).toBeNull();
  });

  test("in the trigger, config and outputs that its isolate was given", async () => {
    const bundle = bundleOf(`
      leave: ({ config, trigger }) => { config.left = true; trigger.left = true; },
      look: ({ config, trigger, steps }) => [config, trigger.left ?? null, Object.keys(steps)]`);
    expect(await leaveThenLook(bundle)).toEqual([{ secret: "of the second" }, null, []]);
  });
});

test("executions parked side by side in one cell see their own data only", async () => {
  const bundle = bundleOf(`
    park: async ({ config }) => {
      globalThis.mine = config.secret;
      for (let n = 0; n < 5; n += 1) await new Promise((done) => setTimeout(done, 5));
      return [globalThis.mine, config.secret];
    }`);
  const secrets = Array.from({ length: 20 }, (_, n) => `secret ${n}`);
  const reports = await Promise.all(secrets.map((secret) => runFor(bundle, "park", { secret })));
  expect(reports.map(outputOf)).toEqual(secrets.map((secret) => [secret, secret]));
});

test("two organizations with the same bundle share neither cell nor code cache", async () => {
  // Large enough for a code cache.
  const bundle = bundleOf(`echo: ({ config }) => config.secret`, `const pad = "${"x".repeat(60_000)}";`);
  const first = await runFor(bundle, "echo", { secret: "one" });
  const second = await runFor(bundle, "echo", { secret: "two", domain: OTHER_DOMAIN });
  expect([outputOf(first), outputOf(second)]).toEqual(["one", "two"]);
  const bound = sandbox()
    .status()
    .cells.filter(({ domain }) => domain !== undefined);
  const byOrganization = Map.groupBy(bound, ({ domain }) => domain?.organizationId);
  expect(new Set(byOrganization.keys())).toEqual(new Set(["org", "other"]));
});
