import type { EgressContext, EgressFetch, EgressRequest, EgressResponse } from "#contract/egress.ts";
import { codeOf } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { AccessRecord, PermissionManifest } from "#contract/permissions.ts";
import type { StepReport } from "#contract/sandbox.ts";
import type { FetchAnswer, FetchHeader } from "../protocol.ts";

/**
 * A step's requests: counted, at most six at once, each sent by egress under the step's permissions. Everything
 * in a header comes from the guest.
 */
export interface FetchBrokerOptions {
  fetch: EgressFetch;
  permissions: PermissionManifest;
  mostFetches: number;
  answer: (answer: FetchAnswer, body?: Uint8Array) => void;
}

interface Asked {
  header: FetchHeader;
  body: string;
}

export class FetchBroker {
  readonly #options: FetchBrokerOptions;
  readonly #underWay = new Map<number, AbortController>();
  readonly #queue: Asked[] = [];
  readonly #accesses: AccessRecord[] = [];
  readonly #fetches: StepReport["fetches"] = { count: 0 };
  #accessesDropped = 0;
  #ended = false;

  constructor(options: FetchBrokerOptions) {
    this.#options = options;
  }

  request(header: FetchHeader, body: string): void {
    if (this.#ended) return;
    const { mostFetches, answer } = this.#options;
    if (this.#fetches.count >= mostFetches) {
      const message = `fetch failed: a step makes at most ${mostFetches} requests`;
      return answer({ op: "fetched", id: header.id, ok: false, name: "TypeError", message });
    }
    this.#fetches.count += 1;
    this.#queue.push({ header, body });
    this.#next();
  }

  abort(id: number): void {
    const at = this.#queue.findIndex(({ header }) => header.id === id);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#underWay.get(id)?.abort();
  }

  /** The step has ended: what is under way is given up. */
  end(): void {
    this.#ended = true;
    this.#queue.length = 0;
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

  async #send({ header, body }: Asked): Promise<void> {
    const { id } = header;
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    try {
      const response = await this.#options.fetch(requestOf(header, body), this.#context(controller.signal));
      this.#fetches.last = { method: header.method, host: hostOf(header.url), status: response.status };
      if (!this.#ended) this.#options.answer(acceptanceOf(id, response), response.body);
    } catch (error) {
      if (!this.#ended && !controller.signal.aborted) this.#options.answer(refusalOf(id, error));
    } finally {
      this.#underWay.delete(id);
      this.#next();
    }
  }

  #context(signal: AbortSignal): EgressContext {
    return {
      permissions: this.#options.permissions,
      onAccess: (record) => {
        if (this.#accesses.length < LIMITS.stepAccessRecords) this.#accesses.push(record);
        else this.#accessesDropped += 1;
      },
      limits: {
        requestBytes: LIMITS.fetchRequestBytes,
        responseBytes: LIMITS.fetchResponseBytes,
        redirects: LIMITS.fetchRedirects,
      },
      signal,
    };
  }
}

function acceptanceOf(id: number, response: EgressResponse): FetchAnswer {
  const { status, statusText, url, redirected, headers, body } = response;
  const bodyBytes = body.byteLength;
  return { op: "fetched", id, ok: true, status, statusText, url, redirected, headers, bodyBytes };
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
