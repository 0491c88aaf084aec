import { styleText } from "node:util";
import type { LocalLogLine, LocalReport, LocalStep } from "#local/run-flow.ts";
import type { Output } from "./output.ts";

/** Shows a run on the author's machine as it goes: a line for each log line and each step's end. */
export function showLocalLog(output: Output, { step, severity, message }: LocalLogLine): void {
  output.write(`  ${step} ${severity}: ${message}\n`);
}

export function showLocalStep(output: Output, step: LocalStep): void {
  const { key, attempts, durationMs, error, outputJson = "null" } = step;
  const tries = attempts > 1 ? `, try ${attempts}` : "";
  const head = attempts === 0 ? `${key} (recorded)` : `${key} (${Math.round(durationMs)} ms${tries})`;
  if (error === undefined)
    return output.write(`${paint(output, "green", "✓")} ${head} ${clip(outputJson)}\n`);
  const frames = error.stack.split("\n").filter((line) => /^\s+at /.test(line));
  output.write(`${paint(output, "red", "✗")} ${head} ${error.code}: ${error.name}: ${error.message}\n`);
  for (const frame of frames.slice(0, 5)) output.write(`  ${frame.trim()}\n`);
}

export function showLocalEnd(
  output: Output,
  { state, requests, started }: LocalReport,
  totalMs: number,
): void {
  for (const { step, method, url, status } of requests)
    output.write(`  ${step} ${method} ${url} ${status ?? "failed"}\n`);
  for (const { step, flow, payload } of started)
    output.write(`  ${step} started ${flow} ${clip(JSON.stringify(payload))}\n`);
  output.write(
    `${paint(output, state === "succeeded" ? "green" : "red", state)} in ${Math.round(totalMs)} ms\n`,
  );
}

function paint(output: Output, color: "green" | "red", text: string): string {
  return output.colors ? styleText(color, text, { validateStream: false }) : text;
}

function clip(json: string): string {
  return json.length <= 200 ? json : `${json.slice(0, 199)}… (${json.length} characters)`;
}
