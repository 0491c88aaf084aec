import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "undici";

/** What a sender of webhooks knows: each delivery it made, and what it was told. */
export interface Delivery {
  id: string;
  /** Execution ids of all 2xx answers; more than one would be a doubled execution. */
  executionIds: Set<string>;
  statusUrls: Set<string>;
  /** Answers in order; `0` is a broken connection. */
  statuses: number[];
  /** Answers that were neither a 2xx nor the announced 503 of a process that closes. */
  faults: string[];
  /** Connections that ended without an answer; refused ones are not among them. */
  broken: number;
}

export interface SendOptions {
  /** Several: the same endpoint at several apis. A sender goes to the next where one does not take it. */
  webhookUrl: string | readonly string[];
  signingSecret: string;
  count: number;
  concurrency: number;
  /** The body of delivery `index`. */
  bodyOf(index: number): unknown;
  /** Gives up after this long; every delivery must have a 2xx by then. */
  timeoutMs: number;
  /** Called after each 2xx with the number of deliveries acknowledged so far. */
  onAcknowledged?(count: number): void;
  /** What is acknowledged is sent again and again, as by a sender who was not told. */
  repeat?: { everyMs: number; isDone(): boolean };
}

/** Sends as GitHub would, and repeats with the same delivery id until a 2xx: what every serious sender does. */
export async function sendAll(options: SendOptions): Promise<Delivery[]> {
  const agent = new Agent({ connections: options.concurrency });
  const giveUpAt = Date.now() + options.timeoutMs;
  const deliveries: Delivery[] = Array.from({ length: options.count }, () => ({
    id: randomUUID(),
    executionIds: new Set(),
    statusUrls: new Set(),
    statuses: [],
    faults: [],
    broken: 0,
  }));
  const urls = [options.webhookUrl].flat();
  let next = 0;
  let acknowledged = 0;
  const lane = async (at: number): Promise<void> => {
    for (let index = next++; index < deliveries.length; index = next++) {
      const delivery = deliveries[index]!;
      const body = JSON.stringify(options.bodyOf(index));
      while (!(await deliverOnce({ agent, url: urls[at % urls.length]!, options, delivery, body }))) {
        at += 1;
        if (Date.now() > giveUpAt)
          throw new Error(`No 2xx for ${delivery.id}: ${delivery.statuses.join(" ")}`);
      }
      options.onAcknowledged?.(++acknowledged);
      while (options.repeat?.isDone() === false) {
        await pause(undefined, options.repeat.everyMs);
        if (!(await deliverOnce({ agent, url: urls[at % urls.length]!, options, delivery, body }))) at += 1;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, (_, at) => lane(at)));
  } finally {
    await agent.destroy();
  }
  return deliveries;
}

interface Attempt {
  agent: Agent;
  url: string;
  options: SendOptions;
  delivery: Delivery;
  body: string;
}

async function deliverOnce({ agent, url, options, delivery, body }: Attempt): Promise<boolean> {
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: "POST",
      headers: signedHeaders({ secret: options.signingSecret, deliveryId: delivery.id, body }),
      body,
      headersTimeout: 20_000,
      bodyTimeout: 20_000,
    });
    const text = await response.body.text();
    delivery.statuses.push(response.statusCode);
    if (response.statusCode < 200 || response.statusCode > 299) {
      const announced =
        response.headers["retry-after"] !== undefined && text.includes("This process is stopping");
      if (response.statusCode !== 503 || !announced) delivery.faults.push(`${response.statusCode} ${text}`);
      return pause(false);
    }
    const receipt = JSON.parse(text) as { executionId: string; statusUrl: string };
    delivery.executionIds.add(receipt.executionId);
    delivery.statusUrls.add(receipt.statusUrl);
    return true;
  } catch (error) {
    // A process died in the middle: the sender cannot know whether it was stored, and sends again.
    delivery.statuses.push(0);
    if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) delivery.broken += 1;
    return pause(false);
  }
}

/** A sender's own back-off before it repeats: part of the load, nothing is waited for here. */
function pause<Value>(value: Value, ms = 50): Promise<Value> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value), ms);
  });
}

export function signedHeaders(options: {
  secret: string;
  deliveryId: string;
  body: string | Buffer;
  event?: string;
}): Record<string, string> {
  const signature = createHmac("sha256", options.secret).update(options.body).digest("hex");
  return {
    "content-type": "application/json",
    "x-github-event": options.event ?? "push",
    "x-github-delivery": options.deliveryId,
    "x-hub-signature-256": `sha256=${signature}`,
  };
}
