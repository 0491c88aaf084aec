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
}

export interface EgressContext {
  permissions: PermissionManifest;
  /** Called once per access decided on, allowed or refused, redirect hops included. */
  onAccess(record: AccessRecord): void;
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
