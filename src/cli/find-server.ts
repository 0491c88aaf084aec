import { join } from "node:path";
import { z } from "zod";
import type { CliConfig } from "#config";
import { CliError } from "./cli-error.ts";
import { readJson, readProfiles } from "./profiles.ts";

export interface Server {
  /** Without a slash at its end. */
  url: string;
  token: string;
}

export interface ServerOptions {
  server?: string | undefined;
  token?: string | undefined;
  profile?: string | undefined;
}

const runSchema = z.object({ apiUrl: z.string(), token: z.string().nullable() });

/**
 * The server to speak to: a profile that is named, then options, then the environment, then the current profile, then
 * the one that `npm start` runs here. Each names both: a token is never sent to a server that it was not given for.
 */
export async function findServer(config: CliConfig, options: ServerOptions): Promise<Server> {
  const { profile } = options;
  if (profile !== undefined) return findNamed(config, { ...options, profile });
  const { server, token } = givenServer(config, options);
  if (server !== undefined && token !== undefined) return { url: server, token };
  const known = await findKnownServer(config);
  if (server !== undefined && server !== known?.url)
    throw new CliError(`There is no token for ${server}`, {
      remedy: "Give --token or MILLRACE_TOKEN with it, or run: millrace login --server <url>",
    });
  if (known === undefined)
    throw new CliError("No server is known", {
      remedy: "Start one with npm start, or run: millrace login --server <url>",
    });
  return { url: known.url, token: token ?? known.token };
}

/** What the options of a call, or the environment, say of the server. */
export function givenServer(config: CliConfig, options: ServerOptions) {
  return {
    server: (options.server ?? config.server)?.replace(/\/+$/, ""),
    token: options.token ?? config.token,
  };
}

/** The current profile's server, else the one that `npm start` runs here. */
export async function findKnownServer(config: CliConfig): Promise<Server | undefined> {
  const { current, servers } = await readProfiles(config.profileFile);
  const profile = servers[current];
  if (profile !== undefined) return { url: profile.server, token: profile.token };
  const run = await readJson(join(config.dataDir, "run.json"), runSchema);
  if (run === undefined) return undefined;
  if (run.token === null)
    throw new CliError(`The server at ${run.apiUrl} was started without a demo, and gave no token`, {
      remedy: "Make one with the owner's account and run: millrace login --server <url>",
    });
  return { url: run.apiUrl, token: run.token };
}

/** A named profile is meant as it is: the environment's server and token do not mix into it. */
async function findNamed(
  config: CliConfig,
  { profile, server, token }: ServerOptions & { profile: string },
): Promise<Server> {
  const { servers } = await readProfiles(config.profileFile);
  const kept = Object.hasOwn(servers, profile) ? servers[profile] : undefined;
  if (kept === undefined)
    throw new CliError(`There is no profile "${profile}"`, {
      remedy: `There are ${Object.keys(servers).join(", ") || "none yet"}; make one: millrace login --profile ${profile} --server <url>`,
    });
  if (server !== undefined && server.replace(/\/+$/, "") !== kept.server)
    throw new CliError(`Profile "${profile}" is of ${kept.server}, not of ${server}`, {
      remedy: "Leave --server or --profile out",
    });
  return { url: kept.server, token: token ?? kept.token };
}
