import type { EgressFetch, EgressResponse } from "#contract/egress.ts";
import type { Sandbox } from "#contract/sandbox.ts";
import { ATTACKER, bundleOf, openExecution, stepRequest } from "./executions.ts";

/**
 * Another execution in the attacker's own cell, parked in a request that is answered when the attack is over. If the
 * cell is ended, it has to be run again, and must not be told of it: same attempt, same result.
 */
const HOST = "bystander.test";
const TIMEOUT_MS = 30_000;
const PERMISSIONS = { net: { allow: [HOST], deny: [] } };

const bundle = bundleOf({
  park: `async ({ config, execution }) => { const answer = await fetch("https://${HOST}/"); return [config.secret, execution.attempt, await answer.text()]; }`,
});

export class Bystander {
  readonly #secret: string;
  #parked = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The egress, with the bystander's own host in front of it. */
  around(egress: EgressFetch): EgressFetch {
    return async (request, context) => {
      if (new URL(request.url).hostname !== HOST) return egress(request, context);
      this.#parked.resolve();
      await this.#released.promise;
      return answerOf(request.url);
    };
  }

  /** Parks it; `release` lets it end and says what went wrong, if anything. */
  async park(sandbox: Sandbox): Promise<{ release(): Promise<string | undefined> }> {
    this.#parked = Promise.withResolvers();
    this.#released = Promise.withResolvers();
    const config = { secret: this.#secret };
    const execution = { domain: ATTACKER, bundle, input: null, config, permissions: PERMISSIONS };
    const session = openExecution(sandbox, execution);
    const report = session.runStep(stepRequest("park", TIMEOUT_MS), AbortSignal.timeout(TIMEOUT_MS));
    await Promise.race([this.#parked.promise, report]);
    return {
      release: async () => {
        this.#released.resolve();
        const { outcome, outputJson, error } = await report;
        session.close();
        const expected = JSON.stringify([this.#secret, 1, "released"]);
        if (outcome === "ok" && outputJson === expected) return undefined;
        return `${outcome} ${error?.message ?? outputJson?.slice(0, 100)}`;
      },
    };
  }
}

function answerOf(url: string): EgressResponse {
  const body = Buffer.from("released");
  return { status: 200, statusText: "OK", headers: [], body, url, redirected: false };
}
