import { randomUUID } from "node:crypto";
import type { EntryLog } from "./entry-log.ts";

export interface LedgerEntry {
  id: string;
  at: string;
  /** The request's `Idempotency-Key`. */
  key: string | null;
  body: Record<string, unknown>;
}

export interface LedgerRequest {
  at: string;
  key: string | null;
  status: number;
  /** The entry that the answer spoke of, or that was kept in spite of it. */
  entryId: string | null;
}

/** What one answered request left. */
export interface LedgerLine {
  request: LedgerRequest;
  entry?: LedgerEntry;
}

/** The ledger's memory. Every method resolves once what it did is on the disk. */
export interface LedgerBook {
  /**
   * Keeps an entry, or finds the one that its key has: 201, 200, or 422 where that one has another body. `status`
   * is what is answered instead.
   */
  take(post: Post, status?: number): Promise<{ entry: LedgerEntry; status: number }>;
  /** Remembers a request that left no entry. */
  refuse(key: string | null, status: number): Promise<void>;
  entries(): LedgerEntry[];
  requests(): LedgerRequest[];
}

interface Post {
  key: string | null;
  body: LedgerEntry["body"];
}

export function createLedgerBook(log: EntryLog<LedgerLine>): LedgerBook {
  /** Entries by key from the moment they are taken: a repeat that comes meanwhile waits for the same one. */
  const taken = new Map<string, Promise<LedgerEntry>>();
  for (const { entry } of log.lines) {
    if (entry !== undefined && entry.key !== null) taken.set(entry.key, Promise.resolve(entry));
  }

  const repeat = async (entry: LedgerEntry, { key, body }: Post, status?: number) => {
    const answer = status ?? (JSON.stringify(entry.body) === JSON.stringify(body) ? 200 : 422);
    await log.append({ request: { at: now(), key, status: answer, entryId: entry.id } });
    return { entry, status: answer };
  };

  return {
    async take(post, status) {
      const { key, body } = post;
      const earlier = key === null ? undefined : taken.get(key);
      if (earlier !== undefined) return repeat(await earlier, post, status);
      const entry: LedgerEntry = { id: randomUUID(), at: now(), key, body };
      const answer = status ?? 201;
      const kept = log.append({ request: { at: entry.at, key, status: answer, entryId: entry.id }, entry });
      if (key !== null) {
        taken.set(
          key,
          kept.then(() => entry),
        );
        taken.get(key)?.catch(() => taken.delete(key)); // not on the disk, so not taken
      }
      await kept;
      return { entry, status: answer };
    },
    refuse: (key, status) => log.append({ request: { at: now(), key, status, entryId: null } }),
    entries: () => log.lines.flatMap(({ entry }) => entry ?? []),
    requests: () => log.lines.map(({ request }) => request),
  };
}

function now(): string {
  return new Date().toISOString();
}
