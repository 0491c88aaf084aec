import { encodeFrame, type FetchAnswer, type FetchHeader } from "../protocol.ts";
import { Body, bodyForBridge } from "./body.ts";
import { send } from "./bridge.ts";
import { DOMException, NotCapable } from "./dom-exception.ts";
import { Headers } from "./headers.ts";
import { Request, type RequestInit } from "./request.ts";
import { Response } from "./response.ts";

/** Requests are asked of the host, which decides, counts and sends them. Answers come back by `dispatch`. */
interface Pending {
  resolve(response: Response): void;
  reject(error: unknown): void;
}

const pending = new Map<number, Pending>();
let lastId = 0;
let stepKey = "";

/** Called as a step begins: what an earlier step left behind is forgotten. */
export function beginFetches(idempotencyKey: string): void {
  pending.clear();
  stepKey = idempotencyKey;
}

export async function fetch(input: unknown, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input, init);
  request.signal.throwIfAborted();
  const headers = Headers.list(request.headers);
  if (init.idempotencyKey === true && !request.headers.has("idempotency-key"))
    headers.push(["idempotency-key", stepKey]);
  const body = bodyForBridge(Body.peek(request));
  const id = ++lastId;
  const header: Omit<FetchHeader, "lengths"> = {
    id,
    url: request.url,
    method: request.method,
    headers,
    redirect: request.redirect,
    ...(body === undefined ? {} : { bodyEncoding: body.encoding }),
  };
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    request.signal.addEventListener("abort", () => {
      if (!pending.delete(id)) return;
      send("abort", String(id));
      reject(request.signal.reason);
    });
    const refusal = send("fetch", encodeFrame(header, body === undefined ? [] : [body.data]));
    if (refusal === "") return;
    pending.delete(id);
    reject(new TypeError(`fetch failed: ${refusal}`));
  });
}

export function settleFetch(answer: FetchAnswer): void {
  const waiting = pending.get(answer.id);
  if (waiting === undefined) return;
  pending.delete(answer.id);
  if (answer.ok) waiting.resolve(responseOf(answer));
  else waiting.reject(errorOf(answer));
}

function responseOf(answer: Extract<FetchAnswer, { ok: true }>): Response {
  return Response.received(
    answer.bodyBytes === 0 ? undefined : { fetchId: answer.id },
    { status: answer.status, statusText: answer.statusText, headers: answer.headers },
    { url: answer.url, redirected: answer.redirected },
  );
}

function errorOf(answer: Extract<FetchAnswer, { ok: false }>): Error {
  if (answer.name === "NotCapable") return new NotCapable(answer.message);
  if (answer.name === "AbortError") return new DOMException(answer.message, "AbortError");
  return new TypeError(answer.message);
}
