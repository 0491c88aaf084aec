import { binaryText, decodeUtf8, encodeUtf8, joinBytes } from "./base64.ts";
import { blobBytes, File } from "./blob.ts";
import { send } from "./bridge.ts";
import { entriesOf, FormData } from "./form-data.ts";
import { findParts, type FoundPart } from "./parse-multipart.ts";

/** `multipart/form-data` as the HTML standard writes it and the fetch standard reads it. */
export function encodeForm(form: FormData): { bytes: Uint8Array<ArrayBuffer>; boundary: string } {
  const boundary = `----formdata-${send("uuid", "")}`;
  const parts: Uint8Array[] = [];
  for (const [name, value] of entriesOf(form)) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(lineEndings(name))}"`;
    if (typeof value === "string") parts.push(encodeUtf8(`${head}\r\n\r\n${lineEndings(value)}\r\n`));
    else
      parts.push(
        encodeUtf8(
          `${head}; filename="${escape(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`,
        ),
        blobBytes(value),
        encodeUtf8("\r\n"),
      );
  }
  parts.push(encodeUtf8(`--${boundary}--\r\n`));
  return { bytes: joinBytes(parts), boundary };
}

function lineEndings(text: string): string {
  return text.replaceAll(/\r\n?|\n/g, "\r\n");
}

function escape(text: string): string {
  return text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}

/** Throws a TypeError for what is no form. */
export function decodeForm(bytes: Uint8Array, boundary: string): FormData {
  // A character for each byte, so that places in the text are places in the bytes.
  const parts = partsOf(binaryText(bytes), boundary);
  const form = new FormData();
  for (const { name, fileName, contentType, start, end } of parts) {
    const content = bytes.subarray(start, end);
    const key = unescape(name);
    if (fileName === undefined) form.append(key, stripBom(decodeUtf8(content)));
    else form.append(key, new File([content], unescape(fileName), { type: contentType }));
  }
  return form;
}

function partsOf(text: string, boundary: string): FoundPart[] {
  try {
    return findParts(text, boundary);
  } catch (error) {
    throw new TypeError("The body is not well-formed multipart/form-data", { cause: error });
  }
}

function unescape(binary: string): string {
  return decodeUtf8(Uint8Array.from(binary, (character) => character.charCodeAt(0))).replaceAll(
    /%(0A|0D|22)/gi,
    (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function stripBom(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
