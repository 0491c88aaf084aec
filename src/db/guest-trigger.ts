import { decodeContent, parseContentEncoding } from "#contract/content-encoding.ts";
import { EngineError } from "#contract/errors.ts";
import type { GuestTrigger } from "#contract/sandbox.ts";
import type { TriggerKind } from "#contract/states.ts";
import type { Payload } from "./payloads.ts";

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A stored payload as steps see it: `Content-Encoding` taken off, text where the body is valid UTF-8. */
export async function toGuestTrigger(
  payload: Payload,
  about: { kind: TriggerKind; receivedAtMs: number },
): Promise<GuestTrigger> {
  const { method, path, query, headers } = payload;
  const body = toText(await decodeLeniently(payload));
  return { kind: about.kind, method, path, query, headers, body, receivedAtMs: about.receivedAtMs };
}

/** Intake accepts what does not decode where nothing had to be read of it: its steps get the bytes as sent. */
async function decodeLeniently({ headers, body }: Payload): Promise<Buffer> {
  const header = headers.find(([name]) => name.toLowerCase() === "content-encoding")?.[1];
  if (header === undefined) return body;
  try {
    return await decodeContent(body, parseContentEncoding(header));
  } catch (error) {
    if (error instanceof EngineError) return body;
    throw error;
  }
}

function toText(body: Buffer): GuestTrigger["body"] {
  try {
    return { encoding: "utf8", data: STRICT_UTF8.decode(body) };
  } catch {
    return { encoding: "base64", data: body.toString("base64") }; // not text, which is no error
  }
}
