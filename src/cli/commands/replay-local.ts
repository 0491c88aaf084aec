import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { JsonObject } from "#contract/json.ts";
import type { ExecutionDetail, Step } from "#contract/api/executions.ts";
import { resolveConfig } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { readDefinition } from "#local/read-definition.ts";
import type { ReplayJob } from "#local/replay-job.ts";
import type { LocalLogLine, LocalReport, LocalStep } from "#local/run-flow.ts";
import { answer, type ApiClient } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import { type AddCommand, type Cli, connectApi } from "../create-cli.ts";
import { showLocalEnd, showLocalLog, showLocalStep } from "../show-local-run.ts";

interface ReplayOptions {
  from?: string;
  live?: boolean;
  debug: boolean;
}

export const addReplayLocal: AddCommand = (program, cli) => {
  program
    .command("replay-local <execution> <file>")
    .description(
      "run an execution again on this machine, under a debugger; <file> is the integration's source",
    )
    .option(
      "--from <step>",
      "the first step that runs; the failed one, or else the first, where it is left out",
    )
    .option("--live", "let steps' requests out; left out, each of them fails")
    .option("--no-debug", "do not wait for a debugger")
    .action(async (id: string, file: string, ...[options, command]: [ReplayOptions, Command]) => {
      const job = await prepare(await connectApi(cli, command), { id, file, options });
      if (!(await runJob(cli, job))) throw new CliError(`The replay of execution ${id} failed`);
    });
};

/** Fetches payload, config and outputs. Credentials are no part of any of them, and secret headers are masked. */
async function prepare(
  client: ApiClient,
  { id, file, options }: { id: string; file: string; options: ReplayOptions },
): Promise<ReplayJob> {
  const params = { params: { path: { id } } };
  const execution = await answer(client.http.GET("/api/v1/executions/{id}", params));
  const { items: steps } = await answer(client.http.GET("/api/v1/executions/{id}/steps", params));
  const { body, encoding, ...request } = await answer(
    client.http.GET("/api/v1/executions/{id}/payload", params),
  );
  const bundle = await bundleIntegration(file);
  const { definition } = await readDefinition(bundle);
  if (definition.key !== execution.integrationKey)
    throw new CliError(
      `Execution ${id} is of integration "${execution.integrationKey}", ${file} has "${definition.key}"`,
      { remedy: "Name the integration's own source" },
    );
  return {
    bundle,
    definition,
    flowKey: execution.flowKey,
    trigger: {
      kind: execution.trigger,
      method: request.method,
      path: request.path,
      query: request.query,
      headers: request.headers.map(([name = "", value = ""]) => [name, value]),
      body: { encoding, data: body },
      receivedAtMs: Date.parse(execution.receivedAt),
    },
    config: await configOf(client, execution, definition),
    outputs: recordedOutputs(steps, options.from),
    executionId: id,
    folder: dirname(resolve(file)),
    isLive: options.live === true,
    isDebugged: options.debug,
  };
}

/** The instance's values of today: an execution does not keep its own. */
async function configOf(client: ApiClient, { instanceId }: ExecutionDetail, definition: Definition) {
  const instance = await answer(
    client.http.GET("/api/v1/instances/{id}", { params: { path: { id: instanceId } } }),
  );
  return resolveConfig(definition, instance.config as JsonObject); // an answer is JSON
}

function recordedOutputs(steps: readonly Step[], from: string | undefined): [string, string][] {
  const failed = steps.findIndex(({ state }) => state === "failed" || state === "pending");
  const first = from === undefined ? Math.max(failed, 0) : steps.findIndex(({ path }) => path === from);
  if (first < 0)
    throw new CliError(`The execution has no step "${from}"`, {
      remedy: `It has ${steps.map(({ path }) => path).join(", ")}`,
    });
  return steps.slice(0, first).map(({ path, output, outputCharacters }) => {
    if (output === undefined)
      throw new CliError(
        `The output of step "${path}" (${outputCharacters} characters) is too large to fetch`,
        {
          remedy: `Run it again too: --from ${path}`,
        },
      );
    return [path, JSON.stringify(output)];
  });
}

/** Source in a checkout, compiled in the package. */
const MAIN = ["../../local/replay-main.ts", "replay-main.js"]
  .map((file) => fileURLToPath(new URL(file, import.meta.url)))
  .find((file) => existsSync(file));

type Line = { log: LocalLogLine } | { step: LocalStep } | { report: LocalReport };

async function runJob(cli: Cli, job: ReplayJob): Promise<boolean> {
  const startedAt = performance.now();
  const flags = job.isDebugged ? ["--inspect-brk=127.0.0.1:0"] : [];
  const child = spawn(process.execPath, [...flags, MAIN ?? ""], {
    stdio: ["pipe", "pipe", "inherit"],
    signal: cli.signal,
  });
  const exited = once(child, "exit");
  child.stdin.end(JSON.stringify(job));
  let succeeded = false;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line; // written by the child, line by line
    if ("log" in line) showLocalLog(cli.output, line.log);
    else if ("step" in line) showLocalStep(cli.output, line.step);
    else {
      succeeded = line.report.state === "succeeded";
      showLocalEnd(cli.output, line.report, performance.now() - startedAt);
    }
  }
  await exited;
  return succeeded;
}
