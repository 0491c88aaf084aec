import pg from "pg";
import { LIMITS } from "#contract/limits.ts";

/**
 * Hints: "look now instead of at your next poll". A lost one costs latency, never correctness.
 *
 * 1. A process notifies on a direct connection of its own, never inside a transaction: NOTIFY takes a
 *    database-wide lock until its commit is flushed, and LISTEN does not pass transaction poolers.
 * 2. At most one statement per 10 ms carries all that was hinted meanwhile, doubles removed.
 * 3. Neither side ever throws into its callers: both reconnect for ever with back-off until stopped.
 */
export const HINT_CHANNELS = [
  "millrace_queue",
  "millrace_execution",
  "millrace_request",
  "millrace_cancel",
  "millrace_change",
] as const;
/** Of shard numbers, of execution ids, of request ids, of executions whose running step is to end, of
 * `<organization>/<kind>/<id>` that a person changed. */
export type HintChannel = (typeof HINT_CHANNELS)[number];

export interface HintSender {
  send(channel: HintChannel, subject: string): void;
  stop(): Promise<void>;
}

export interface HintOptions {
  /** Direct to Postgres: no transaction pooler between. */
  databaseUrl: string;
  applicationName: string;
  /** The connection was lost; it is being made again. */
  onError(error: Error): void;
}

/** NOTIFY carries less than 8,000 bytes. */
const PAYLOAD_CHARACTERS = 7_500;
/** Beyond this many subjects a listener had better look at everything. */
const SUBJECTS_MAX = 2_000;
const EVERYTHING = "*";
const BACKOFF_MS = [50, 200, 1_000, 5_000];

export function createHintSender(options: HintOptions): HintSender {
  const pending = new Map<HintChannel, Set<string>>();
  const link = keepConnected(options, async () => {});
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();

  let lastAt = Number.NEGATIVE_INFINITY;

  const flush = async () => {
    timer = undefined;
    lastAt = performance.now();
    const messages = [...pending].flatMap(([channel, subjects]) =>
      pack(subjects).map((payload) => ({ channel, payload })),
    );
    pending.clear();
    const client = link.client();
    if (client === undefined || messages.length === 0) return;
    await client
      .query(
        "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS hint (channel, payload)",
        [messages.map((message) => message.channel), messages.map((message) => message.payload)],
      )
      .catch((error: unknown) => link.giveUp(client, error)); // lost hints are found by polling
  };

  return {
    send(channel, subject) {
      const subjects = pending.get(channel) ?? new Set();
      pending.set(channel, subjects);
      subjects.add(subjects.size < SUBJECTS_MAX ? subject : EVERYTHING);
      // After a quiet while the first goes at once: a lone webhook does not wait for company.
      const waitMs = Math.max(0, lastAt + LIMITS.hintWindowMs - performance.now());
      timer ??= setTimeout(() => {
        sending = sending.then(flush);
      }, waitMs);
    },
    async stop() {
      clearTimeout(timer);
      await sending.then(flush);
      await link.stop();
    },
  };
}

export interface HintListenerOptions extends HintOptions {
  channels: readonly HintChannel[];
  /** `subject` undefined: anything may have changed (too much at once, or the connection was lost meanwhile). */
  onHint(channel: HintChannel, subject: string | undefined): void;
}

export function listenForHints(options: HintListenerOptions): { stop(): Promise<void> } {
  return keepConnected(options, async (client) => {
    client.on("notification", ({ channel, payload }) => {
      const known = options.channels.find((name) => name === channel);
      if (known === undefined || payload === undefined) return;
      for (const subject of payload.split(",")) {
        options.onHint(known, subject === EVERYTHING ? undefined : subject);
      }
    });
    for (const channel of options.channels) await client.query(`LISTEN ${channel}`);
    // What was sent while nobody listened is made up for.
    for (const channel of options.channels) options.onHint(channel, undefined);
  });
}

/** Subjects joined by commas, in as many payloads as they need. */
function pack(subjects: Set<string>): string[] {
  if (subjects.has(EVERYTHING)) return [EVERYTHING];
  const payloads: string[] = [];
  let current = "";
  for (const subject of subjects) {
    if (current.length + subject.length + 1 > PAYLOAD_CHARACTERS) {
      payloads.push(current);
      current = "";
    }
    current += current === "" ? subject : `,${subject}`;
  }
  return current === "" ? payloads : [...payloads, current];
}

/** One connection that is made again whenever it is lost, until stopped. `prepare` runs on each new one. */
function keepConnected(options: HintOptions, prepare: (client: pg.Client) => Promise<void>) {
  let current: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;
  let connecting = Promise.resolve();

  const lose = (client: pg.Client, error: Error) => {
    if (current === client) current = undefined;
    if (stopped || retry !== undefined) return;
    options.onError(error);
    const delay = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)];
    failures += 1;
    retry = setTimeout(() => {
      retry = undefined;
      connecting = connect();
    }, delay);
  };

  const connect = async () => {
    const client = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: options.applicationName,
      connectionTimeoutMillis: 5_000,
      query_timeout: 10_000,
      keepAlive: true,
    });
    client.on("error", (error) => lose(client, error));
    client.on("end", () => lose(client, new Error("Connection terminated by Postgres")));
    try {
      await client.connect();
      await prepare(client);
      failures = 0;
      current = client;
      if (stopped) await client.end();
    } catch (error) {
      await client.end().catch(() => {}); // it never came to be
      lose(client, error instanceof Error ? error : new Error(String(error)));
    }
  };
  connecting = connect();

  return {
    client: () => current,
    /** A connection on which a statement failed or hung is of no more use. */
    giveUp(client: pg.Client, error: unknown) {
      lose(client, error instanceof Error ? error : new Error(String(error)));
      client.end().catch(() => {}); // it may be broken already
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await connecting;
      await current?.end();
    },
  };
}
