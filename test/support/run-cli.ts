import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnv } from "#config";
import type { TestApi } from "./test-api.ts";

export const CLI_MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command line as a person's shell runs it: a process of its own, not on a terminal. */
export function runCli(args: string[], env: Record<string, string> = {}, input = ""): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: childEnv(env) };
    const child = execFile(process.execPath, [CLI_MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.on("error", () => {}); // most commands end without having read it
    child.stdin?.end(input);
  });
}

/** With the owner's token in the environment. */
export const ownerEnv = (api: TestApi) => ({ MILLRACE_SERVER: api.url, MILLRACE_TOKEN: api.ownerToken });

/** What a command answers with `-o json`. @throws Error with what it told, where it failed */
export async function jsonOf(ran: Promise<Ran>) {
  const { code, stdout, stderr } = await ran;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
