import type { Headers } from "./headers.ts";

export interface MimeType {
  /** `type/subtype` in lower case. */
  essence: string;
  parameters: Map<string, string>;
  /** Written out again, as a blob's type. */
  text: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The content type of headers; undefined where it is none. Of several the last counts. */
export function parseMimeType(headers: Headers): MimeType | undefined {
  const header = headers.get("content-type");
  if (header === null) return undefined;
  let found: MimeType | undefined;
  for (const part of splitOutsideQuotes(header, ",")) {
    const parsed = parseOne(part);
    if (parsed === undefined || parsed.essence === "*/*") continue;
    const charset = found?.parameters.get("charset");
    if (found?.essence === parsed.essence && charset !== undefined && !parsed.parameters.has("charset"))
      parsed.parameters.set("charset", charset);
    found = parsed;
  }
  return found === undefined ? undefined : { ...found, text: textOf(found) };
}

function parseOne(text: string): (Omit<MimeType, "text"> & { text: string }) | undefined {
  const [essence = "", ...rest] = splitOutsideQuotes(text, ";");
  const [type = "", subtype = "", ...more] = essence.trim().split("/");
  if (more.length > 0 || !TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf("=");
    const name = parameter.slice(0, equals).trim().toLowerCase();
    if (equals < 0 || !TOKEN.test(name) || parameters.has(name)) continue;
    const value = parameter.slice(equals + 1).trimEnd();
    const unquoted = value.startsWith('"')
      ? value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined).replaceAll(/\\(.)/g, "$1")
      : value;
    if (value !== "" && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(unquoted)) parameters.set(name, unquoted);
  }
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters, text: "" };
}

function textOf({ essence, parameters }: Pick<MimeType, "essence" | "parameters">): string {
  const written = [...parameters].map(([name, value]) =>
    TOKEN.test(value) ? `;${name}=${value}` : `;${name}="${value.replaceAll(/["\\]/g, "\\$&")}"`,
  );
  return essence + written.join("");
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"') quoted = !quoted;
    if (quoted && character === "\\") part += text[at++];
    if (!quoted && character === separator) {
      parts.push(part);
      part = "";
    } else part += text[at] ?? "";
  }
  return [...parts, part];
}
