import { randomUUID } from "node:crypto";
import type { EntryLog } from "./entry-log.ts";

export interface LedgerEntry {
  id: string;
  at: string;
  idempotencyKey: string | null;
  body: Record<string, unknown>;
}

export interface LedgerRequest {
  at: string;
  idempotencyKey: string | null;
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
  refuse(idempotencyKey: string | null, status: number): Promise<void>;
  entries(): LedgerEntry[];
  requests(): LedgerRequest[];
}

interface Post {
  idempotencyKey: string | null;
  body: LedgerEntry["body"];
}

export function createLedgerBook(log: EntryLog<LedgerLine>): LedgerBook {
  /** Entries by key from the moment they are taken: a repeat that comes meanwhile waits for the same one. */
  const taken = new Map<string, Promise<LedgerEntry>>();
  for (const { entry } of log.lines) {
    if (entry !== undefined && entry.idempotencyKey !== null)
      taken.set(entry.idempotencyKey, Promise.resolve(entry));
  }

  const repeat = async (entry: LedgerEntry, { idempotencyKey, body }: Post, status?: number) => {
    const answer = status ?? (JSON.stringify(entry.body) === JSON.stringify(body) ? 200 : 422);
    await log.append({ request: { at: now(), idempotencyKey, status: answer, entryId: entry.id } });
    return { entry, status: answer };
  };

  return {
    async take(post, status) {
      const { idempotencyKey, body } = post;
      const earlier = idempotencyKey === null ? undefined : taken.get(idempotencyKey);
      if (earlier !== undefined) return repeat(await earlier, post, status);
      const entry: LedgerEntry = { id: randomUUID(), at: now(), idempotencyKey, body };
      const answer = status ?? 201;
      const kept = log.append({
        request: { at: entry.at, idempotencyKey, status: answer, entryId: entry.id },
        entry,
      });
      if (idempotencyKey !== null) {
        const takenEntry = kept.then(() => entry);
        taken.set(idempotencyKey, takenEntry);
        takenEntry.catch(() => taken.delete(idempotencyKey)); // not on the disk, so not taken
      }
      await kept;
      return { entry, status: answer };
    },
    refuse: (idempotencyKey, status) =>
      log.append({ request: { at: now(), idempotencyKey, status, entryId: null } }),
    entries: () => log.lines.flatMap(({ entry }) => entry ?? []),
    requests: () => log.lines.map(({ request }) => request),
  };
}

function now(): string {
  return new Date().toISOString();
}
