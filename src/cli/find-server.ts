import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { CliConfig } from "#config";
import { CliError } from "./cli-error.ts";

export interface Server {
  /** Without a slash at its end. */
  url: string;
  token: string;
}

const profileSchema = z.object({ server: z.string(), token: z.string() });
const runSchema = z.object({ apiUrl: z.string(), token: z.string().nullable() });

/**
 * The server to speak to: options, then the environment, then what `login` kept, then the one that `npm start` runs
 * here. Each names both: a token is never sent to a server that it was not given for.
 */
export async function findServer(
  config: CliConfig,
  options: { server?: string | undefined; token?: string | undefined },
): Promise<Server> {
  const server = options.server ?? config.server;
  const token = options.token ?? config.token;
  if (server !== undefined && token !== undefined) return { url: server.replace(/\/+$/, ""), token };
  const known = await findKnownServer(config);
  if (server !== undefined && server !== known?.url)
    throw new CliError(`There is no token for ${server}`, {
      remedy: "Give --token or MILLRACE_TOKEN with it, or run: millrace login --server <url>",
    });
  if (known === undefined)
    throw new CliError("No server is known", {
      remedy: "Start one with npm start, or run: millrace login --server <url> --token <token>",
    });
  return { url: known.url, token: token ?? known.token };
}

async function findKnownServer(config: CliConfig): Promise<Server | undefined> {
  const profile = await readJson(config.profileFile, profileSchema);
  if (profile !== undefined) return { url: profile.server, token: profile.token };
  const run = await readJson(join(config.dataDir, "run.json"), runSchema);
  if (run === undefined) return undefined;
  if (run.token === null)
    throw new CliError(`The server at ${run.apiUrl} was started without a demo, and gave no token`, {
      remedy: "Make one with the owner's account and run: millrace login --server <url> --token <token>",
    });
  return { url: run.apiUrl, token: run.token };
}

async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new CliError(`${file} cannot be read`, { cause: error, remedy: "Check who owns the file" });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CliError(`${file} is damaged`, {
      cause,
      remedy: "Remove it and run: millrace login, or npm start",
    });
  }
}
