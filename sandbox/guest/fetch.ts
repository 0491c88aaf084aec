import { encodeFrame, type FetchAnswer, type FetchHeader } from "../protocol.ts";
import { abortAlgorithms } from "./abort.ts";
import { bodyForBridge } from "./body.ts";
import { send } from "./bridge.ts";
import { dataResponse } from "./data-url.ts";
import { DOMException } from "./dom-exception.ts";
import { nextFetchId, pending, stepKey } from "./fetch-state.ts";
import { listHeaders } from "./headers.ts";
import { NotCapable } from "./not-capable.ts";
import { Request, type RequestInit } from "./request.ts";
import { receivedResponse, type Response } from "./response.ts";
import { requireArguments } from "./web-idl.ts";

/** Requests are asked of the host, which decides, counts and sends them. Answers come back by `dispatch`. */
export async function fetch(input: unknown, init: RequestInit = {}): Promise<Response> {
  requireArguments(arguments.length, 1);
  const request = new Request(input, init);
  request.signal.throwIfAborted();
  if (request.url.startsWith("data:")) return dataResponse(request);
  const headers = listHeaders(request.headers);
  if (init?.idempotencyKey === true && !request.headers.has("idempotency-key"))
    headers.push(["idempotency-key", stepKey()]);
  const body = await bodyForBridge(request);
  request.signal.throwIfAborted();
  const id = nextFetchId();
  const header: Omit<FetchHeader, "lengths"> = {
    id,
    url: request.url,
    method: request.method,
    headers,
    redirect: (request as unknown as { redirect: FetchHeader["redirect"] }).redirect, // checked by its class
    ...(body === undefined ? {} : { bodyEncoding: body.encoding }),
  };
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    abortAlgorithms(request.signal)(() => {
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
  if (!answer.ok) return waiting.reject(errorOf(answer));
  try {
    waiting.resolve(responseOf(answer));
  } catch (error) {
    // A server may say what no Response can hold: whoever waits is told, and not left waiting.
    waiting.reject(new TypeError("fetch failed: the response cannot be read", { cause: error }));
  }
}

function responseOf(answer: Extract<FetchAnswer, { ok: true }>): Response {
  return receivedResponse(
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
