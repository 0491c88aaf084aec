import type { Logger } from "pino";
import { codeOf, EngineError, ERROR_CODES } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import {
  isRequestKind,
  type RequestError,
  type RequestInput,
  type RequestKind,
  type RequestResult,
  REQUESTS,
  WAITING_KINDS,
} from "#contract/requests.ts";
import type { Db } from "#db/connect.ts";
import {
  type ClaimedRequest,
  type ClaimOptions,
  claimRequests,
  endRequest,
  returnRequest,
} from "#db/requests.ts";
import { Backoff } from "./backoff.ts";
import { Waker } from "./waker.ts";

/**
 * Does what the api asks for by the table `requests`.
 *
 * 1. A claim is a lease: when this worker dies, another one does the request again. One that was claimed `ATTEMPTS`
 *    times without an end has killed its workers, and fails.
 * 2. Past its deadline a request fails and is not begun; one under way is aborted.
 * 3. What fails for now (Temporal or Postgres away) goes back, and does not count as an attempt.
 * 4. Kinds that wait for others' servers have places of their own: a cancel never waits for a slow picklist.
 */
export type RequestHandlers = {
  [Kind in RequestKind]: (request: {
    organizationId: string;
    input: RequestInput<Kind>;
    signal: AbortSignal;
  }) => Promise<RequestResult<Kind>>;
};

export interface RequestRunnerOptions {
  db: Db;
  workerId: string;
  log: Logger;
  handlers: RequestHandlers;
  /** Whoever waits for the request may read its outcome. */
  onEnded(requestId: string): void;
}

/** Of each of the two groups. */
const AT_ONCE = 4;
const GROUPS: readonly ClaimOptions["kinds"][] = [{ except: WAITING_KINDS }, { only: WAITING_KINDS }];
const LEASE_MS = 60_000;
const ATTEMPTS = 3;
const RETRY_MS = 500;

export class RequestRunner {
  readonly #options: RequestRunnerOptions;
  readonly #waker = new Waker();
  readonly #stopping = new AbortController();
  readonly #running = GROUPS.map(() => new Set<Promise<void>>());
  #loop: Promise<void> | undefined;

  constructor(options: RequestRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Something was asked for. */
  hint(): void {
    this.#waker.wake();
  }

  /** Claims nothing more; what is under way is aborted and goes back to the others. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waker.wake();
    await this.#loop;
    await Promise.all(this.#running.flatMap((group) => [...group]));
  }

  async #run(): Promise<void> {
    const backoff = new Backoff({ firstMs: 250, mostMs: 5_000 });
    while (!this.#stopping.signal.aborted) {
      try {
        for (const [index, running] of this.#running.entries()) await this.#claim(running, GROUPS[index]);
        backoff.reset();
        await this.#waker.sleep(LIMITS.pollMs);
      } catch (error) {
        this.#options.log.error({ err: error }, "requests could not be claimed; trying again");
        await this.#waker.sleep(backoff.next());
      }
    }
  }

  async #claim(running: Set<Promise<void>>, kinds: ClaimOptions["kinds"]): Promise<void> {
    const limit = AT_ONCE - running.size;
    if (limit <= 0) return;
    const { db, workerId } = this.#options;
    const claim = { workerId, limit, leaseMs: LEASE_MS, ...(kinds && { kinds }) };
    for (const request of await claimRequests(db, claim)) {
      const done = this.#perform(request)
        .catch((error: unknown) => {
          this.#options.log.error(
            { err: error, requestId: request.id },
            "a request's outcome could not be written",
          );
        })
        .finally(() => {
          running.delete(done);
          this.#waker.wake();
        });
      running.add(done);
    }
  }

  async #perform(request: ClaimedRequest): Promise<void> {
    const { db, workerId, onEnded } = this.#options;
    const claim = { id: request.id, workerId };
    try {
      const result = await this.#handle(request);
      await endRequest(db, claim, { state: "done", result });
    } catch (error) {
      const code = codeOf(error);
      const isOurs = code.startsWith("engine/");
      const isForNow =
        isOurs && ERROR_CODES[code].retryable && request.deadline.getTime() > Date.now() + RETRY_MS;
      if (this.#stopping.signal.aborted || (isForNow && code !== "engine/crashed"))
        return await returnRequest(db, claim, this.#stopping.signal.aborted ? 0 : RETRY_MS);
      if (isOurs)
        this.#options.log.error(
          { err: error, requestId: request.id, kind: request.kind },
          "a request failed",
        );
      await endRequest(db, claim, { state: "failed", error: toRequestError(error) });
    }
    onEnded(request.id);
    return undefined;
  }

  async #handle(request: ClaimedRequest): Promise<JsonObject> {
    const { id, kind, organizationId, deadline, attempts } = request;
    const leftMs = deadline.getTime() - Date.now();
    if (leftMs <= 0) throw new EngineError("request/timeout", `Nobody took request ${id} in time; ask again`);
    if (attempts > ATTEMPTS)
      throw new EngineError(
        "engine/poison",
        `Request ${id} (${kind}) ended its worker ${ATTEMPTS} times and is given up`,
      );
    if (!isRequestKind(kind))
      throw new EngineError("engine/internal", `Request ${id} has the kind ${kind}, unknown to this release`);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(leftMs)]);
    const input = REQUESTS[kind].input.parse(request.input);
    // The table pairs each kind's input with its handler; TypeScript cannot follow the pairing through a union.
    const handler = this.#options.handlers[kind] as (request: {
      organizationId: string;
      input: unknown;
      signal: AbortSignal;
    }) => Promise<JsonObject>;
    return handler({ organizationId, input, signal });
  }
}

function toRequestError(error: unknown): RequestError {
  const code = codeOf(error);
  if (!(error instanceof EngineError))
    return { code, message: "The worker failed at this request; its log has more" };
  return { code, message: error.message, ...(error.field === undefined ? {} : { field: error.field }) };
}
