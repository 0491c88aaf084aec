import type { AccessRecord, PermissionManifest } from "./permissions.ts";

/**
 * One request that leaves for an address which a customer or an author named. Implemented by `egress`; the
 * sandbox's host is handed it as a function. Bodies are whole: the limits bound what is held in memory.
 */
export interface EgressRequest {
  /** Absolute, `http:` or `https:`. */
  url: string;
  method: string;
  headers: [name: string, value: string][];
  body?: Uint8Array;
  redirect: "follow" | "manual" | "error";
}

export interface EgressLimits {
  requestBytes: number;
  responseBytes: number;
  /** Hops followed before the request fails. */
  redirects: number;
  /** From the first look-up to the last byte, redirects included. */
  timeoutMs: number;
}

/** One request on the wire, or what came instead of it: each hop of a chain of redirects is one. */
export interface EgressEvent {
  atMs: number;
  host: string;
  port: number;
  method: string;
  outcome: "answered" | "refused" | "failed" | "cancelled";
  status?: number;
  /** Of bodies, as they were on the wire. */
  sentBytes: number;
  receivedBytes: number;
  durationMs: number;
  /** The address connected to, where there was one and it is known: a proxy may resolve names itself. */
  address?: string;
}

export interface EgressContext {
  /** Key of the trust domain: connections and budgets are shared within it and never beyond it. */
  domain: string;
  permissions: PermissionManifest;
  /** Called once per access decided on, allowed or refused, redirect hops included. */
  onAccess(record: AccessRecord): void;
  /** Called once per hop, when it is over. */
  onEvent?(event: EgressEvent): void;
  /**
   * Called before a body is sent, as its bytes arrive, and with what unpacking them added. The request ends with
   * what it throws.
   */
  onBytes?(kind: "sent" | "received" | "decoded", bytes: number): void;
  limits: EgressLimits;
  signal: AbortSignal;
}

export interface EgressResponse {
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  body: Uint8Array;
  /** Of the last hop. */
  url: string;
  redirected: boolean;
}

/**
 * Rejects with an `EngineError`:
 * - `step/not-capable` when a rule refuses the access, with Deno's sentence (`notCapableMessage`): the guest
 *   sees a `NotCapable` error;
 * - any other error is a network failure (DNS, connection, a limit passed, too many redirects): the guest sees
 *   a `TypeError`, `fetch failed: <message>`. Its message must be fit for the author's eyes.
 */
export type EgressFetch = (request: EgressRequest, context: EgressContext) => Promise<EgressResponse>;

/** Deno's sentence for a refused access to `host:port`. */
export function notCapableMessage(hostAndPort: string): string {
  return `Requires net access to "${hostAndPort}", add it to permissions.net in the manifest`;
}
