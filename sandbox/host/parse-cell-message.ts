import { SANDBOX_OUTCOMES, type SandboxError, type SandboxLogLine } from "#contract/sandbox.ts";
import { SEVERITIES } from "#contract/logs.ts";
import { LIMITS } from "#contract/limits.ts";
import type { CellMessage, FetchHeader, RunResult, SelfTestReport } from "../protocol.ts";

/**
 * What a cell says is checked field by field: code that has broken out of V8 writes these messages itself.
 * Returns undefined for what is not a message; its cell is then ended.
 */
type Fields = Record<string, unknown>;

export function parseCellMessage(value: unknown): CellMessage | undefined {
  if (!isFields(value)) return undefined;
  const { type } = value;
  if (type === "spares") return { type, count: numberIn(value["count"], 0, 10_000) };
  if (type === "pong") return { type };
  if (type === "overrun" && Number.isInteger(value["run"]))
    return { type, run: Number(value["run"]), sha256: textIn(value["sha256"], 64) };
  if (type === "cache-rejected")
    return typeof value["sha256"] === "string" ? { type, sha256: textIn(value["sha256"], 64) } : { type };
  if (type === "ready") return { type, selfTest: parseSelfTest(value["selfTest"]) };
  if (type === "compiled") return parseCompiled(value);
  if (!Number.isInteger(value["run"])) return undefined;
  return parseRunMessage(value, Number(value["run"]));
}

function parseRunMessage(value: Fields, run: number): CellMessage | undefined {
  switch (value["type"]) {
    case "result":
      return { type: "result", run, result: parseResult(value["result"]) };
    case "fetch": {
      const header = parseFetchHeader(value["header"]);
      return header === undefined ? undefined : { type: "fetch", run, header, body: textIn(value["body"]) };
    }
    case "fetch-abort":
      return { type: "fetch-abort", run, id: numberIn(value["id"], 0, Number.MAX_SAFE_INTEGER) };
    case "burst": {
      const cpuLeftMs = numberIn(value["cpuLeftMs"], 0, LIMITS.stepCpuMaxMs);
      return {
        type: "burst",
        run,
        cpuLeftMs,
        wallLeftMs: numberIn(value["wallLeftMs"], 0, LIMITS.stepTimeoutMaxMs),
        sinceMs: numberIn(value["sinceMs"], 0, 1_000),
      };
    }
    case "burst-end":
      return { type: "burst-end", run };
    case "logs":
      return {
        type: "logs",
        run,
        from: numberIn(value["from"], 0, LIMITS.stepLogLines),
        lines: parseLines(value["lines"]),
      };
    default:
      return undefined;
  }
}

function parseResult(value: unknown): RunResult {
  const fields = isFields(value) ? value : {};
  const error = parseError(fields["error"]);
  return {
    outcome: SANDBOX_OUTCOMES.find((name) => name === fields["outcome"]) ?? "crashed",
    ...(typeof fields["output"] === "string" ? { output: fields["output"] } : {}),
    ...(error === undefined ? {} : { error }),
    logs: parseLines(fields["logs"]),
    logsDropped: numberIn(fields["logsDropped"], 0, Number.MAX_SAFE_INTEGER),
    readyMs: numberIn(fields["readyMs"], 0, LIMITS.stepTimeoutMaxMs),
    runMs: numberIn(fields["runMs"], 0, 2 * LIMITS.stepTimeoutMaxMs),
    cpuMs: numberIn(fields["cpuMs"], 0, 2 * LIMITS.stepTimeoutMaxMs),
    heapMb: numberIn(fields["heapMb"], 0, 1_000_000),
    isolateKept: fields["isolateKept"] === true,
  };
}

const ERROR_CHARACTERS = { name: 200, message: 10_000, stack: 30_000 } as const;

function parseError(value: unknown): SandboxError | undefined {
  if (!isFields(value)) return undefined;
  const error: SandboxError = {
    name: textIn(value["name"], ERROR_CHARACTERS.name) || "Error",
    message: textIn(value["message"], ERROR_CHARACTERS.message),
  };
  if (typeof value["stack"] === "string") error.stack = value["stack"].slice(0, ERROR_CHARACTERS.stack);
  if (typeof value["retryable"] === "boolean") error.retryable = value["retryable"];
  if (typeof value["retryAfterMs"] === "number")
    error.retryAfterMs = numberIn(value["retryAfterMs"], 0, LIMITS.retryDelayMaxMs);
  if (Number.isInteger(value["httpStatus"])) error.httpStatus = numberIn(value["httpStatus"], 0, 999);
  return error;
}

function parseLines(value: unknown): SandboxLogLine[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, LIMITS.stepLogLines).map((line: unknown) => {
    const fields = isFields(line) ? line : {};
    return {
      atMs: numberIn(fields["atMs"], 0, Number.MAX_SAFE_INTEGER),
      severity: SEVERITIES.find((name) => name === fields["severity"]) ?? "info",
      message: textIn(fields["message"], LIMITS.logLineCharacters),
    };
  });
}

function parseFetchHeader(value: unknown): FetchHeader | undefined {
  if (!isFields(value) || !Number.isInteger(value["id"])) return undefined;
  const { id, url, method, headers, redirect, bodyEncoding } = value;
  if (typeof url !== "string" || typeof method !== "string" || !Array.isArray(headers)) return undefined;
  return {
    id: Number(id),
    url,
    method,
    headers: headers.flatMap((pair: unknown): [string, string][] =>
      Array.isArray(pair) ? [[textIn(pair[0]), textIn(pair[1])]] : [],
    ),
    redirect: redirect === "manual" || redirect === "error" ? redirect : "follow",
    ...(bodyEncoding === "utf8" || bodyEncoding === "base64" ? { bodyEncoding } : {}),
    lengths: [],
  };
}

const PROBE_CHARACTERS = 1_000;

function parseSelfTest(value: unknown): SelfTestReport {
  const fields = isFields(value) ? value : {};
  const failures = Array.isArray(fields["failures"])
    ? fields["failures"].map((failure: unknown) => textIn(failure, PROBE_CHARACTERS))
    : ["no self-test was made"];
  return {
    main: parseCodes(fields["main"]),
    thread: parseCodes(fields["thread"]),
    failures,
    rssMb: numberIn(fields["rssMb"], 0, 1_000_000),
  };
}

function parseCodes(value: unknown): Record<string, string> {
  return isFields(value)
    ? Object.fromEntries(Object.entries(value).map(([name, code]) => [name, textIn(code, PROBE_CHARACTERS)]))
    : {};
}

function parseCompiled(value: Fields): CellMessage | undefined {
  if (!Number.isInteger(value["id"])) return undefined;
  const { cache } = value;
  return { type: "compiled", id: Number(value["id"]), ...(cache instanceof Uint8Array ? { cache } : {}) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function textIn(value: unknown, most = Number.POSITIVE_INFINITY): string {
  return typeof value !== "string" ? "" : value.length > most ? value.slice(0, most) : value;
}

function numberIn(value: unknown, least: number, most: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, least), most) : least;
}
