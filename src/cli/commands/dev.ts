import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { createTrigger } from "#local/local-trigger.ts";
import { readDefinition } from "#local/read-definition.ts";
import { runFlow } from "#local/run-flow.ts";
import { configOf } from "#local/test-flow.ts";
import { createFileWatcher } from "#local/watch-files.ts";
import { CliError } from "../cli-error.ts";
import { type AddCommand, type Cli, collectPairs } from "../create-cli.ts";
import { parseConfigPairs } from "../parse-config-pairs.ts";
import { showLocalEnd, showLocalLog, showLocalStep } from "../show-local-run.ts";

interface DevOptions {
  flow?: string;
  payload?: string;
  header?: Record<string, string>;
  config?: Record<string, string>;
  once?: boolean;
}

export const addDev: AddCommand = (program, cli) => {
  program
    .command("dev <file>")
    .description(
      "run a flow of an integration at each change of its files, without a server and without a version",
    )
    .option("--flow <key>", "the first one where it is left out")
    .option("--payload <file>", "the body; it is watched too")
    .option("--header <name=value>", "may be given several times", collectPairs)
    .option("--config <name=value>", "a config variable; may be given several times", collectPairs)
    .option("--once", "run once; exit code 1 where it does not succeed")
    .action(async (file: string, options: DevOptions) => {
      if (options.once === true) {
        if (!(await runOnce(cli, file, options)).succeeded) throw new CliError("The flow did not succeed");
        return;
      }
      await runAtEachChange(cli, file, options);
    });
};

/** Ends at Ctrl-C. What does not bundle or run is shown, and waits for its mending. */
async function runAtEachChange(cli: Cli, file: string, options: DevOptions): Promise<void> {
  const watcher = createFileWatcher(cli.signal);
  const fixed = [resolve(file), ...(options.payload === undefined ? [] : [resolve(options.payload)])];
  watcher.watch(fixed);
  while (!cli.signal.aborted) {
    try {
      const { inputs } = await runOnce(cli, file, options);
      watcher.watch([...fixed, ...inputs]);
    } catch (error) {
      cli.output.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
    cli.say("waiting for a change; Ctrl-C ends");
    await watcher.wait();
  }
  watcher.close();
}

async function runOnce(cli: Cli, file: string, options: DevOptions) {
  const startedAt = performance.now();
  const { output } = cli;
  const bundle = await bundleIntegration(file);
  for (const warning of bundle.warnings) cli.say(`warning: ${warning}`);
  const { definition } = await readDefinition(bundle);
  const report = await runFlow({
    bundle,
    definition,
    flowKey: options.flow ?? definition.flows[0]?.key ?? "",
    trigger: createTrigger(await requestOf(options)),
    config: configOf(definition, parseConfigPairs(definition, options.config ?? {})),
    fetch: (request) => fetch(request),
    onLog: (line) => showLocalLog(output, line),
    onStep: (step) => showLocalStep(output, step),
  });
  showLocalEnd(output, report, performance.now() - startedAt);
  return { succeeded: report.state === "succeeded", inputs: bundle.inputs };
}

const TYPES: Record<string, string> = {
  ".json": "application/json",
  ".xml": "application/xml",
  ".txt": "text/plain",
  ".form": "application/x-www-form-urlencoded",
};

async function requestOf({ payload, header = {} }: DevOptions) {
  const body =
    payload === undefined
      ? undefined
      : await readFile(payload).catch((cause: unknown) => {
          throw new CliError(`The payload's file ${payload} cannot be read`, { cause });
        });
  const type = TYPES[extname(payload ?? "")];
  const headers = type === undefined ? header : { "Content-Type": type, ...header };
  return { payload: body === undefined ? undefined : new Uint8Array(body), headers };
}
