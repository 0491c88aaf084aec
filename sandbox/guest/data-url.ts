import { bytesFromBase64, encodeUtf8, joinBytes } from "./base64.ts";
import { Headers } from "./headers.ts";
import { parseMimeType } from "./mime-type.ts";
import type { Request } from "./request.ts";
import { receivedResponse, type Response } from "./response.ts";

/** The answer to a request for a `data:` URL, which leaves the isolate for nothing. */
export function dataResponse(request: Request): Response {
  const content = request.url.slice("data:".length).replace(/#.*$/s, "");
  const comma = content.indexOf(",");
  if (request.method !== "GET" && request.method !== "HEAD") throw failed("its method is not GET");
  if (comma < 0) throw failed("it has no comma");
  const [, head = "", base64] = /^(.*?)(; *base64)?$/is.exec(content.slice(0, comma).trim()) ?? [];
  const raw = percentDecoded(content.slice(comma + 1));
  const type = parseMimeType(
    new Headers({ "content-type": head.startsWith(";") ? `text/plain${head}` : head }),
  );
  return receivedResponse(
    { bytes: base64 === undefined ? raw : fromBase64(raw) },
    {
      status: 200,
      statusText: "OK",
      headers: { "content-type": type?.text ?? "text/plain;charset=US-ASCII" },
    },
    { url: request.url, redirected: false },
  );
}

function percentDecoded(text: string): Uint8Array {
  const parts = text.split(/((?:%[0-9a-f]{2})+)/i);
  return joinBytes(
    parts.map((part, at) =>
      at % 2 === 0
        ? encodeUtf8(part)
        : Uint8Array.from(part.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)),
    ),
  );
}

function fromBase64(bytes: Uint8Array): Uint8Array {
  try {
    return bytesFromBase64(String.fromCharCode(...bytes));
  } catch {
    throw failed("its base64 is not well-formed");
  }
}

function failed(why: string): TypeError {
  return new TypeError(`fetch failed: the data: URL cannot be read, ${why}`);
}
