import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { openEntryLog } from "./entry-log.ts";
import { createLedgerBook, type LedgerBook, type LedgerLine } from "./ledger-book.ts";

/**
 * A small ledger to post to: each `Idempotency-Key` is taken exactly once, and every request is remembered, so that
 * a test can compare what was sent with what was taken. `node examples/github-to-ledger/ledger.ts --file ledger.jsonl`
 *
 *   POST /entries               201 and the entry; 200 and the same entry where its key was taken before
 *   GET  /entries?field=value   entries whose body has those values
 *   GET  /requests              every POST that was answered, refused ones and repeats included
 *   POST /fail?status=503&times=2[&retryAfter=1][&effect=1]
 *                               the next POSTs are answered so; with effect=1 their entry is kept all the same
 */
export interface Ledger {
  url: string;
  /** Ends the service; what was acknowledged is in the file. */
  stop(): Promise<void>;
}

export interface LedgerOptions {
  file: string;
  /** 0, the default, chooses a free one. */
  port?: number;
}

interface Failure {
  status: number;
  times: number;
  retryAfter: string | undefined;
  effect: boolean;
}

const BODY_BYTES = 1024 * 1024;

export async function startLedger({ file, port = 0 }: LedgerOptions): Promise<Ledger> {
  const log = await openEntryLog<LedgerLine>(file);
  const server = createAdaptorServer({ fetch: createLedger(createLedgerBook(log)).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo; // a listening TCP server has one
  return {
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      await closed;
      await log.close();
    },
  };
}

function createLedger(book: LedgerBook): Hono {
  let failure: Failure | undefined;
  const nextFailure = () => {
    if (failure === undefined || failure.times === 0) return undefined;
    failure.times -= 1;
    return failure;
  };

  return new Hono()
    .post("/entries", bodyLimit({ maxSize: BODY_BYTES }), async (c) => {
      const idempotencyKey = c.req.header("Idempotency-Key") ?? null;
      const body: unknown = await c.req.json().catch(() => undefined);
      if (!isRecord(body)) {
        await book.refuse(idempotencyKey, 400);
        return c.json({ error: "the body must be a JSON object" }, 400);
      }
      const failing = nextFailure();
      if (failing !== undefined) {
        if (failing.effect) await book.take({ idempotencyKey, body }, failing.status);
        else await book.refuse(idempotencyKey, failing.status);
        return failureResponse(failing);
      }
      const { entry, status } = await book.take({ idempotencyKey, body });
      if (status === 422) return c.json({ error: "this Idempotency-Key was used with another body" }, 422);
      return c.json(entry, status === 201 ? 201 : 200);
    })
    .get("/entries", (c) => {
      const wanted = Object.entries(c.req.query());
      const matches = book
        .entries()
        .filter(({ body }) => wanted.every(([field, value]) => String(body[field]) === value));
      return c.json({ entries: matches });
    })
    .get("/requests", (c) => c.json({ requests: book.requests() }))
    .post("/fail", (c) => {
      const { status, times, retryAfter, effect } = c.req.query();
      const parsed = { status: Number(status), times: Number(times), retryAfter, effect: effect === "1" };
      const isValid = parsed.status >= 400 && parsed.status <= 599 && parsed.times >= 0;
      if (!isValid) return c.json({ error: "status must be 400 to 599, times 0 or more" }, 400);
      failure = parsed;
      return c.json(parsed);
    });
}

function failureResponse({ status, retryAfter }: Failure): Response {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  return Response.json({ error: `asked to fail with ${status}` }, { status, headers });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { file: { type: "string" }, port: { type: "string" } } });
  const ledger = await startLedger({ file: values.file ?? "ledger.jsonl", port: Number(values.port ?? 0) });
  process.stdout.write(`${ledger.url}\n`);
  process.once("SIGTERM", () => void ledger.stop());
  process.once("SIGINT", () => void ledger.stop());
}
