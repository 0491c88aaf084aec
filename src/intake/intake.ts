import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { WebhookReceipt, WebhookResponse } from "#contract/webhook.ts";

/** A request under `/hooks/`, its body not read yet. */
export interface IncomingWebhook {
  token: string;
  method: string;
  /** What follows the token in the URL as it was sent: empty, or with a leading slash. */
  path: string;
  /** As it was sent, without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent. */
  rawHeaders: readonly string[];
  body: Readable;
}

/** The sender is to be told what the step at this path returns, if it does so in time. */
export interface AskedOfFlow {
  path: string;
  withinMs: number;
}

export type IntakeAnswer =
  | ({ type: "accepted"; response?: WebhookResponse; reply?: AskedOfFlow } & WebhookReceipt)
  /** Paused, and the flow drops what comes meanwhile. */
  | { type: "dropped" }
  /** Answered without an execution. */
  | { type: "handshake"; contentType: string; body: string };

export interface Intake {
  /**
   * Takes a webhook: verifies, stores, answers. Resolves only once what it says is committed.
   *
   * @throws EngineError `request/*` where the sender is at fault, `request/paused`, `engine/unavailable` or
   *   `engine/overloaded` where the same request may succeed later
   */
  receive(webhook: IncomingWebhook): Promise<IntakeAnswer>;
  /** Waits for what is in flight and writes what is kept in memory. New requests are refused. */
  stop(): Promise<void>;
}
