import { renderValue, writeLog, type Severity } from "./write-log.ts";

/** The console standard's functions: each writes lines of the execution's log. */
const counts = new Map<string, number>();
const timers = new Map<string, number>();
let indent = "";

/** `%s` and its like in the first value take the values after it. */
function format(values: unknown[]): unknown[] {
  const [first, ...rest] = values;
  if (typeof first !== "string" || rest.length === 0) return values;
  const text = first.replaceAll(/%([sdifoOc%])/g, (match, kind: string) => {
    if (kind === "%") return "%";
    if (rest.length === 0) return match;
    return formatOne(kind, rest.shift());
  });
  return [text, ...rest];
}

function formatOne(kind: string, value: unknown): string {
  if (kind === "c") return "";
  if (kind === "s" || kind === "o" || kind === "O") return renderValue(value);
  if (typeof value === "symbol") return "NaN";
  return String(kind === "f" ? Number.parseFloat(String(value)) : Number.parseInt(String(value), 10));
}

const log =
  (severity: Severity) =>
  (...values: unknown[]) => {
    const line = format(values);
    writeLog(severity, indent === "" ? line : [indent.slice(1), ...line]);
  };
const info = log("info");
const warn = log("warn");

const labelOf = (label: unknown) => (label === undefined ? "default" : `${label as string}`);
const elapsed = (label: string) => `${Date.now() - (timers.get(label) ?? 0)} ms`;

const functions = {
  assert(condition = false, ...values: unknown[]) {
    if (!condition) log("error")("Assertion failed:", ...values);
  },
  clear() {},
  count(label: unknown = undefined) {
    const name = labelOf(label);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    info(`${name}: ${counts.get(name)}`);
  },
  countReset(label: unknown = undefined) {
    if (!counts.delete(labelOf(label))) warn(`The counter ${labelOf(label)} does not exist`);
  },
  debug: log("debug"),
  dir: (value: unknown = undefined) => info(value),
  dirxml: info,
  error: log("error"),
  group(...values: unknown[]) {
    if (values.length > 0) info(...values);
    indent += "  ";
  },
  groupCollapsed(...values: unknown[]) {
    functions.group(...values);
  },
  groupEnd() {
    indent = indent.slice(2);
  },
  info,
  log: log("info"),
  table: (value: unknown = undefined) => info(value),
  time(label: unknown = undefined) {
    if (timers.has(labelOf(label))) warn(`The timer ${labelOf(label)} is running already`);
    else timers.set(labelOf(label), Date.now());
  },
  timeEnd(label: unknown = undefined) {
    functions.timeLog(label);
    timers.delete(labelOf(label));
  },
  timeLog(label: unknown = undefined, ...values: unknown[]) {
    const name = labelOf(label);
    if (timers.has(name)) info(`${name}: ${elapsed(name)}`, ...values);
    else warn(`The timer ${name} does not exist`);
  },
  trace: log("debug"),
  warn,
};

/** A namespace object: its prototype is an empty object of its own. */
export const guestConsole: object = Object.assign(Object.create({}) as object, functions);
for (const [name, value] of Object.entries(functions)) Object.defineProperty(value, "name", { value: name });
Object.defineProperty(guestConsole, Symbol.toStringTag, { value: "console", configurable: true });
