import { BodyError } from "./body-error.ts";
import { parse } from "./bridge.ts";
import { atob, bytesFromBase64, decodeUtf8, encodeUtf8 } from "./base64.ts";
import { boundaryOf, findParts, type FoundPart } from "./parse-multipart.ts";
import { parseXml } from "./parse-xml.ts";
import { URLSearchParams } from "./url-search-params.ts";

/** The trigger's body as it crossed: text where it was valid UTF-8, else its bytes in base64. */
export interface RawBody {
  encoding: "utf8" | "base64";
  data: string;
  contentType: string;
}

/** What a step reads the body by. Nothing is read before it is asked for; each call reads anew. */
export function createTriggerBody(raw: RawBody): object {
  const text = () => textOf(raw);
  return {
    text,
    bytes: () => bytesOf(raw),
    json: () => readJson(text()),
    form: () => readForm(raw),
    multipart: () => readMultipart(raw),
    xml: () => parseXml(text()),
  };
}

function textOf({ encoding, data, contentType }: RawBody): string {
  if (encoding === "utf8") return data;
  const charset = /;\s*charset="?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  return charset === "iso-8859-1" || charset === "latin1" ? atob(data) : decodeUtf8(bytesFromBase64(data));
}

function bytesOf({ encoding, data }: RawBody): Uint8Array {
  if (data === "") return new Uint8Array();
  return encoding === "utf8" ? encodeUtf8(data) : bytesFromBase64(data);
}

function readJson(text: string): unknown {
  try {
    return parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (error) {
    if (text.trim() === "") throw new BodyError("json", "it is empty");
    throw new BodyError("json", placeIn(error));
  }
}

/** V8's sentence without what it quotes of the body. */
function placeIn(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  if (message.startsWith("Unexpected end")) return "it is cut off";
  return place === undefined ? "it is not JSON" : `it is not JSON ${place}`;
}

function readForm(raw: RawBody): URLSearchParams {
  const { contentType } = raw;
  if (contentType !== "" && !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType))
    throw new BodyError(
      "form",
      `its Content-Type is ${clip(contentType)}, not application/x-www-form-urlencoded`,
    );
  return new URLSearchParams(textOf(raw));
}

function readMultipart(raw: RawBody): object[] {
  const { contentType, encoding, data } = raw;
  const boundary = boundaryOf(contentType);
  if (boundary === undefined)
    throw new BodyError(
      "multipart",
      `its Content-Type is ${contentType === "" ? "not given" : clip(contentType)}, not multipart/form-data with a boundary`,
    );
  const whole = encoding === "utf8" ? data : atob(data);
  return findParts(whole, boundary).map((part) => toPart(part, whole.slice(part.start, part.end), encoding));
}

function toPart(
  { name, fileName, contentType }: FoundPart,
  content: string,
  encoding: RawBody["encoding"],
): object {
  const bytes = () =>
    encoding === "utf8" ? bytesOf({ encoding, data: content, contentType }) : bytesOfBinary(content);
  return {
    name: encoding === "utf8" ? name : decodeBinary(name),
    ...(fileName === undefined ? {} : { fileName: encoding === "utf8" ? fileName : decodeBinary(fileName) }),
    contentType,
    text: () => (encoding === "utf8" ? content : decodeUtf8(bytesOfBinary(content))),
    bytes,
  };
}

function decodeBinary(binary: string): string {
  return decodeUtf8(bytesOfBinary(binary));
}

function bytesOfBinary(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
