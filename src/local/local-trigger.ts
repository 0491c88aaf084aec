import type { GuestTrigger } from "#contract/sandbox.ts";

/** What begins a flow, as a test or a file writes it. */
export interface TriggerInput {
  /** Text and bytes are sent as they are, anything else as JSON. */
  payload?: unknown;
  /** `Content-Type` is `application/json` where the payload is sent as JSON and none is given. */
  headers?: Readonly<Record<string, string>>;
  method?: string;
  /** Behind the webhook's URL: empty, or with a leading slash. */
  path?: string;
  query?: string | Readonly<Record<string, string>>;
  /** `webhook` unless it says otherwise. */
  kind?: string;
  receivedAt?: Date;
}

export function createTrigger(input: TriggerInput): GuestTrigger {
  const { payload, headers = {}, query = "" } = input;
  const isRaw = payload === undefined || typeof payload === "string" || payload instanceof Uint8Array;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const type: [string, string][] =
    isRaw || names.includes("content-type") ? [] : [["content-type", "application/json"]];
  return {
    kind: input.kind ?? "webhook",
    method: input.method ?? "POST",
    path: input.path ?? "",
    query: typeof query === "string" ? query.replace(/^\?/, "") : new URLSearchParams(query).toString(),
    headers: [...type, ...Object.entries(headers)],
    body: bodyOf(isRaw ? (payload ?? "") : JSON.stringify(payload)),
    receivedAtMs: (input.receivedAt ?? new Date()).getTime(),
  };
}

/** As a stored payload reaches a step: text where it is UTF-8. */
function bodyOf(payload: string | Uint8Array): GuestTrigger["body"] {
  if (typeof payload === "string") return { encoding: "utf8", data: payload };
  try {
    const data = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    return { encoding: "utf8", data };
  } catch {
    return { encoding: "base64", data: Buffer.from(payload).toString("base64") }; // not text, which is no error
  }
}
