import { explain } from "./run-local.ts";

/** Ends this process as a command: with what `main` answers, 2 and the usage where its options are wrong, else 1. */
export async function runCommand(main: () => Promise<number>, usage: string): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isUsage =
      error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    console.error(isUsage ? `${error.message}\n\n${usage}` : `millrace: ${explain(error)}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
