import { BodyError } from "./body-error.ts";

/**
 * Finds the parts of a body of `multipart/form-data` (RFC 7578). It is given as text in which each part can be cut
 * out by its offsets: as it is where it is UTF-8, else one character for each byte.
 */
export interface FoundPart {
  name: string;
  fileName?: string;
  contentType: string;
  /** Offsets of the content in the text. */
  start: number;
  end: number;
}

const MOST_PARTS = 1_000;

/** The boundary that a content type names; undefined where it is not `multipart/form-data` or names none. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType.trim())) return undefined;
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** @throws BodyError for what is cut off, or has a part without a name */
export function findParts(text: string, boundary: string): FoundPart[] {
  const mark = `--${boundary}`;
  let at = text.startsWith(mark) ? mark.length : endOfFirst(text, mark);
  const parts: FoundPart[] = [];
  // Two hyphens behind the boundary end the body.
  while (!text.startsWith("--", at)) {
    const headersAt = text.indexOf("\r\n", at) + 2;
    const start = text.startsWith("\r\n", headersAt)
      ? headersAt + 2
      : text.indexOf("\r\n\r\n", headersAt) + 4;
    const end = text.indexOf(`\r\n${mark}`, start - 2);
    if (headersAt < 2 || start < 4 || end < 0)
      throw new BodyError("multipart", `part ${parts.length + 1} is cut off`);
    if (parts.length === MOST_PARTS)
      throw new BodyError("multipart", `there are more than ${MOST_PARTS} parts`);
    parts.push({
      ...readHeaders(text.slice(headersAt, start), parts.length + 1),
      start,
      end: Math.max(start, end),
    });
    at = end + 2 + mark.length;
  }
  return parts;
}

function endOfFirst(text: string, mark: string): number {
  const found = text.indexOf(`\r\n${mark}`);
  if (found < 0) throw new BodyError("multipart", "the boundary that its Content-Type names is not there");
  return found + 2 + mark.length;
}

function readHeaders(text: string, number: number): Pick<FoundPart, "name" | "fileName" | "contentType"> {
  const headers = new Map(
    text
      .split("\r\n")
      .map((line) => line.split(":"))
      .map(([name = "", ...value]) => [name.trim().toLowerCase(), value.join(":").trim()]),
  );
  const disposition = headers.get("content-disposition") ?? "";
  const name = parameterOf(disposition, "name");
  if (name === undefined) throw new BodyError("multipart", `part ${number} has no name`);
  const fileName = parameterOf(disposition, "filename");
  const contentType =
    headers.get("content-type") ?? (fileName === undefined ? "text/plain" : "application/octet-stream");
  return { name, ...(fileName === undefined ? {} : { fileName }), contentType };
}

/** As browsers write them: quotes and line breaks in a name are percent-encoded. */
function parameterOf(header: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, "i").exec(header);
  const value = found?.[1] ?? found?.[2];
  return value
    ?.replaceAll(/\\(["\\])/g, "$1")
    .replaceAll(/%22|%0D|%0A/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}
