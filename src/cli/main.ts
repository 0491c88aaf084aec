import { CommanderError } from "commander";
import { styleText } from "node:util";
import { readCliConfig } from "#config";
import { CliError, EXIT } from "./cli-error.ts";
import type { Cli } from "./create-cli.ts";
import { LOCAL_COMMANDS } from "./local-commands.ts";
import { createProgram } from "./create-program.ts";
import { createOutput } from "./output.ts";

/** The command line, but for what needs the engine itself (`src/main/local-commands/`). Speaks HTTP only. */
process.exitCode = await run();

async function run(): Promise<number> {
  let colors = false;
  try {
    refuseLocalCommand(process.argv[2]);
    const config = readCliConfig();
    colors = process.stderr.isTTY && !config.noColor;
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const cli: Cli = {
      config,
      output: createOutput(process.stdout, config.noColor),
      say,
      signal: interrupted(),
    };
    // A reader that has seen enough (head) is no error.
    process.stdout.on("error", (error: NodeJS.ErrnoException) =>
      process.exit(error.code === "EPIPE" ? 0 : 1),
    );
    await createProgram(cli).parseAsync();
    return EXIT.done;
  } catch (error) {
    // commander has said already what was wrong; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(explain(error, colors));
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}

/** An installation's `bin/millrace` takes these before; the authors' package, which has no engine, comes here. */
function refuseLocalCommand(name: string | undefined): void {
  if (LOCAL_COMMANDS.every((command) => command.name !== name)) return;
  throw new CliError(`"${name}" needs the engine itself, which the authors' package does not have`, {
    exitCode: EXIT.usage,
    remedy: `run \`bin/millrace ${name}\` in an installation of Millrace`,
  });
}

/** Ends what follows at the first Ctrl-C; the second ends the process. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}

function explain(error: unknown, colors: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const head = colors ? styleText("red", "error:", { validateStream: false }) : "error:";
  const { remedy, requestId } = error instanceof CliError ? error : {};
  return [
    `${head} ${message}`,
    ...(remedy === undefined ? [] : [`       ${remedy}`]),
    ...(requestId === undefined ? [] : [`       request ${requestId}`]),
  ]
    .join("\n")
    .concat("\n");
}
