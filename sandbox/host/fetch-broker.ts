import type { EgressContext, EgressFetch, EgressRequest, EgressResponse } from "#contract/egress.ts";
import { codeOf, EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { AccessRecord, PermissionManifest } from "#contract/permissions.ts";
import type { StepReport } from "#contract/sandbox.ts";
import { CALLS_URL, type FetchAnswer, type FetchHeader, STATE_URL } from "../protocol.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { FetchAllowance } from "./fetch-allowance.ts";

/**
 * A step's requests: counted, at most six at once, each sent by egress under the step's permissions. Everything
 * in a header comes from the guest. What the host holds for a request, from its arrival to its answer, is taken
 * from the worker's budget; what waits in line too.
 */
export type HostAnswers = Partial<Record<HostUrl, { ask(question: string): Promise<string> } | undefined>>;
type HostUrl = typeof STATE_URL | typeof CALLS_URL;

export interface FetchBrokerOptions {
  fetch: EgressFetch;
  /** Key of the trust domain. */
  domain: string;
  budget: ByteBudget;
  allowance: FetchAllowance;
  permissions: PermissionManifest;
  /** Answers what the host itself is asked, by the address that no network has; it counts as requests. */
  answers?: HostAnswers | undefined;
  mostFetches: number;
  /** `delivered` is called once the cell has taken it, or is gone: until then the host holds the body. */
  answer: (answer: FetchAnswer, body?: Uint8Array, delivered?: () => void) => void;
}

interface Asked {
  header: FetchHeader;
  body: string;
  /** Taken from the budget so far. */
  heldBytes: number;
}

const BASE64_PER_BYTE = 4 / 3;
/** What a request is beside its body: more is refused by egress anyway. */
const HEAD_CHARACTERS = LIMITS.fetchUrlCharacters + 2 * LIMITS.headerBytes;

export class FetchBroker {
  readonly #options: FetchBrokerOptions;
  /** By request, not by its id: ids are the guest's to choose, twice the same one too. */
  readonly #underWay = new Map<Asked, AbortController>();
  readonly #queue: Asked[] = [];
  readonly #accesses: AccessRecord[] = [];
  readonly #fetches: StepReport["fetches"] = { count: 0 };
  #accessesDropped = 0;
  #questions = 0;
  #ended = false;

  constructor(options: FetchBrokerOptions) {
    this.#options = options;
  }

  request(header: FetchHeader, body: string): void {
    if (this.#ended) return;
    const { mostFetches, answer, allowance } = this.#options;
    const asked = { header, body, heldBytes: 0 };
    try {
      if (this.#fetches.count + this.#questions >= mostFetches)
        throw refusal(`a step makes at most ${mostFetches} requests`);
      assertSize(header, body);
      allowance.countFetch();
      this.#hold(asked, body.length);
    } catch (error) {
      return answer(refusalOf(header.id, error));
    }
    if (isHostUrl(header.url)) return void this.#askHost(asked, header.url);
    this.#fetches.count += 1;
    this.#queue.push(asked);
    this.#next();
  }

  abort(id: number): void {
    const at = this.#queue.findIndex(({ header }) => header.id === id);
    if (at >= 0) for (const asked of this.#queue.splice(at, 1)) this.#letGo(asked);
    for (const [{ header }, controller] of this.#underWay) if (header.id === id) controller.abort();
  }

  /** The step has ended: what is under way is given up. */
  end(): void {
    this.#ended = true;
    for (const asked of this.#queue.splice(0)) this.#letGo(asked);
    for (const controller of this.#underWay.values()) controller.abort();
  }

  report(): Pick<StepReport, "accesses" | "accessesDropped" | "fetches"> {
    return { accesses: this.#accesses, accessesDropped: this.#accessesDropped, fetches: this.#fetches };
  }

  #next(): void {
    while (this.#underWay.size < LIMITS.stepFetchesInFlight) {
      const asked = this.#queue.shift();
      if (asked === undefined) return;
      void this.#send(asked);
    }
  }

  async #askHost(asked: Asked, url: HostUrl): Promise<void> {
    this.#questions += 1;
    const { id } = asked.header;
    const { answers, answer } = this.#options;
    const done = () => this.#letGo(asked);
    try {
      const host = answers?.[url];
      if (host === undefined) throw new EngineError("step/fatal", `There is no ${NAME_OF_URL[url]} here`);
      const body = Buffer.from(await host.ask(asked.body));
      if (this.#ended) return done();
      const head = { status: 200, statusText: "", url, redirected: false, headers: [] };
      answer({ op: "fetched", id, ok: true, ...head, bodyBytes: body.length }, body, done);
    } catch (error) {
      done();
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#ended) answer({ op: "fetched", id, ok: false, name: "TypeError", message });
    }
  }

  #hold(asked: Asked, bytes: number): void {
    this.#options.budget.take(this.#options.domain, bytes);
    asked.heldBytes += bytes;
  }

  #letGo(asked: Asked): void {
    this.#options.budget.giveBack(this.#options.domain, asked.heldBytes);
    asked.heldBytes = 0;
  }

  async #send(asked: Asked): Promise<void> {
    const { header, body } = asked;
    const { id } = header;
    const controller = new AbortController();
    this.#underWay.set(asked, controller);
    const done = () => this.#letGo(asked);
    try {
      const response = await this.#options.fetch(
        requestOf(header, body),
        this.#context(asked, controller.signal),
      );
      this.#fetches.last = { method: header.method, host: hostOf(header.url), status: response.status };
      if (this.#ended) done();
      else this.#options.answer(acceptanceOf(id, response), response.body, done);
    } catch (error) {
      done();
      if (!this.#ended && !controller.signal.aborted) this.#options.answer(refusalOf(id, error));
    } finally {
      this.#underWay.delete(asked);
      this.#next();
    }
  }

  #context(asked: Asked, signal: AbortSignal): EgressContext {
    return {
      domain: this.#options.domain,
      onBytes: (kind, bytes) => {
        if (kind !== "decoded") this.#options.allowance.countBytes(bytes);
        this.#hold(asked, bytes);
      },
      permissions: this.#options.permissions,
      onAccess: (record) => {
        if (this.#accesses.length < LIMITS.stepAccessRecords) this.#accesses.push(record);
        else this.#accessesDropped += 1;
      },
      limits: {
        requestBytes: LIMITS.fetchRequestBytes,
        responseBytes: LIMITS.fetchResponseBytes,
        redirects: LIMITS.fetchRedirects,
        timeoutMs: LIMITS.fetchTimeoutMs,
      },
      signal,
    };
  }
}

const NAME_OF_URL: Record<HostUrl, string> = { [STATE_URL]: "state", [CALLS_URL]: "other flow" };

function isHostUrl(url: string): url is HostUrl {
  return url === STATE_URL || url === CALLS_URL;
}

function acceptanceOf(id: number, response: EgressResponse): FetchAnswer {
  const { status, statusText, url, redirected, headers, body } = response;
  const bodyBytes = body.byteLength;
  return { op: "fetched", id, ok: true, status, statusText, url, redirected, headers, bodyBytes };
}

/** What is too large is refused before it waits in line. */
function assertSize({ url, method, headers }: FetchHeader, body: string): void {
  if (body.length > LIMITS.fetchRequestBytes * BASE64_PER_BYTE + 4) {
    throw refusal(`the request's body is larger than ${LIMITS.fetchRequestBytes} bytes`);
  }
  let characters = url.length + method.length;
  for (const [name, value] of headers) characters += name.length + value.length + 4;
  if (characters > HEAD_CHARACTERS) {
    throw refusal(`the request's URL and headers have ${characters} characters: that is too many`);
  }
}

function refusal(message: string): EngineError {
  return new EngineError("step/threw", message);
}

function requestOf(header: FetchHeader, body: string): EgressRequest {
  const { url, method, headers, redirect, bodyEncoding } = header;
  const request: EgressRequest = { url, method, headers, redirect };
  if (bodyEncoding !== undefined) request.body = Buffer.from(body, bodyEncoding);
  return request;
}

function refusalOf(id: number, error: unknown): FetchAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (codeOf(error) === "step/not-capable")
    return { op: "fetched", id, ok: false, name: "NotCapable", message };
  return { op: "fetched", id, ok: false, name: "TypeError", message: `fetch failed: ${message}` };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}
