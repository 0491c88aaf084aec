import { findOrganizations, listNewExecutions } from "#db/changed-executions.ts";
import type { Db } from "#db/connect.ts";
import type { HintChannel } from "#db/hints.ts";

/**
 * What changed, by organization, for whoever listens: ids only, so that a listener reads what it may read.
 *
 * 1. A stream gets at most one event each `TICK_MS`, with everything since the last one; doubles removed.
 * 2. Where something may have been missed (hints lost, too much at once, a slow reader) it gets `resync` instead: read
 *    again what you show. Nothing else is promised, so a lost hint costs freshness and no correctness.
 * 3. Nobody listens: nothing is read.
 */
export type ChangeEvent = { type: "changed"; ids: Record<string, string[]> } | { type: "resync" };

export interface EventStream {
  /** Resolves once the reader has taken it. */
  send(event: ChangeEvent): Promise<void>;
  /** The process stops. */
  end(): void;
}

export interface EventHubOptions {
  db: Db;
  onError(error: unknown): void;
  streamsPerOrganization: number;
}

interface Subscriber extends EventStream {
  organizationId: string;
  isSending: boolean;
  hasGap: boolean;
}

const TICK_MS = 250;
const IDS_MAX = 500;

export class EventHub {
  readonly #options: EventHubOptions;
  readonly #subscribers = new Set<Subscriber>();
  #changes = new Changes();
  #executions = new Set<string>();
  /** By organization: the executions that were found last, told already. */
  readonly #told = new Map<string, readonly string[]>();
  #hasArrivals = false;
  #hasGap = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  onHint(channel: HintChannel, subject: string | undefined): void {
    if (this.#subscribers.size === 0) return;
    if (channel === "millrace_queue") this.#hasArrivals = true;
    else if (channel !== "millrace_execution" && channel !== "millrace_change") return;
    else if (subject === undefined) this.#hasGap = true;
    else if (channel === "millrace_execution") this.#executions.add(subject);
    else this.#changes.addSubject(subject);
    this.#schedule();
  }

  /** Returns how to leave; undefined where the organization has too many streams here. */
  subscribe(organizationId: string, stream: EventStream): (() => void) | undefined {
    if (this.#streamsOf(organizationId) >= this.#options.streamsPerOrganization) return undefined;
    const subscriber: Subscriber = { ...stream, organizationId, isSending: false, hasGap: false };
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#streamsOf(organizationId) === 0) this.#told.delete(organizationId);
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#subscribers.clear();
  }

  #streamsOf(organizationId: string): number {
    return [...this.#subscribers].filter((each) => each.organizationId === organizationId).length;
  }

  #schedule(): void {
    if (this.#subscribers.size === 0) return;
    this.#timer ??= setTimeout(() => void this.#run(), TICK_MS);
  }

  async #run(): Promise<void> {
    try {
      await this.#tick();
    } catch (error) {
      this.#hasGap = true;
      this.#options.onError(error);
    }
    this.#timer = undefined;
    const hasMore = this.#hasArrivals || this.#hasGap || this.#executions.size > 0 || this.#changes.size > 0;
    if (hasMore) this.#schedule();
  }

  async #tick(): Promise<void> {
    const isGap = this.#hasGap;
    this.#hasGap = false;
    const changes = await this.#collect();
    for (const subscriber of this.#subscribers) {
      const ids = changes.of(subscriber.organizationId);
      const isTooMuch = Object.values(ids).some((list) => list.length >= IDS_MAX);
      if (isGap || isTooMuch) this.#deliver(subscriber, { type: "resync" });
      else if (Object.keys(ids).length > 0 || subscriber.hasGap)
        this.#deliver(subscriber, { type: "changed", ids });
    }
  }

  async #collect(): Promise<Changes> {
    const { db } = this.#options;
    const changes = this.#changes;
    this.#changes = new Changes();
    const executions = [...this.#executions];
    this.#executions = new Set();
    for (const { organizationId, id } of await findOrganizations(db, executions))
      changes.add(organizationId, "executions", id);
    if (!this.#hasArrivals) return changes;
    this.#hasArrivals = false;
    for (const organizationId of new Set([...this.#subscribers].map((each) => each.organizationId))) {
      const told = this.#told.get(organizationId) ?? [];
      const ids = await listNewExecutions(db, organizationId, { after: told.at(-1), limit: IDS_MAX });
      for (const id of ids) if (!told.includes(id)) changes.add(organizationId, "executions", id);
      if (ids.length > 0) this.#told.set(organizationId, ids);
    }
    return changes;
  }

  #deliver(subscriber: Subscriber, event: ChangeEvent): void {
    if (subscriber.isSending) {
      subscriber.hasGap = true;
      return;
    }
    const sent = subscriber.send(subscriber.hasGap ? { type: "resync" } : event);
    subscriber.isSending = true;
    subscriber.hasGap = false;
    void sent
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        subscriber.isSending = false;
        if (subscriber.hasGap) this.#schedule();
      });
  }
}

/** Ids by kind by organization. */
class Changes {
  readonly #ids = new Map<string, Map<string, Set<string>>>();

  get size(): number {
    return this.#ids.size;
  }

  add(organizationId: string, kind: string, id: string): void {
    const kinds = this.#ids.get(organizationId) ?? new Map<string, Set<string>>();
    this.#ids.set(organizationId, kinds.set(kind, (kinds.get(kind) ?? new Set<string>()).add(id)));
  }

  /** `<organization>/<kind>/<id>`, as `announceChanges` sends it. */
  addSubject(subject: string): void {
    const [organizationId, kind, id] = subject.split("/");
    if (organizationId !== undefined && kind !== undefined && id !== undefined)
      this.add(organizationId, kind, id);
  }

  of(organizationId: string): Record<string, string[]> {
    const kinds = this.#ids.get(organizationId) ?? new Map<string, Set<string>>();
    return Object.fromEntries([...kinds].map(([kind, ids]) => [kind, [...ids]]));
  }
}
