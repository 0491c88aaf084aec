import { send, stringify } from "./bridge.ts";
import { renderError } from "./render-error.ts";

const LINE_CHARACTERS = 10_000;
export type Severity = "debug" | "info" | "warn" | "error";

/** One line of the execution's log. The cell counts lines and cuts them again. */
export function writeLog(severity: Severity, values: unknown[]): void {
  const line = values.map(renderValue).join(" ");
  send("log", `${severity}\n${line.length > LINE_CHARACTERS ? line.slice(0, LINE_CHARACTERS) : line}`);
}

export function renderValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) {
    const error = renderError(value);
    return error.stack ?? `${error.name}: ${error.message}`;
  }
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return renderObject(value);
}

function renderObject(value: object): string {
  const seen = new Set<object>();
  try {
    const text = stringify(value, (_key, item: unknown) => {
      if (typeof item === "bigint") return `${item}n`;
      if (item instanceof Map) return Object.fromEntries(item);
      if (item instanceof Set) return [...item];
      if (typeof item !== "object" || item === null) return item;
      if (seen.has(item)) return "[seen above]";
      seen.add(item);
      return item;
    });
    return text ?? String(value);
  } catch {
    return "[object that cannot be shown]";
  }
}
