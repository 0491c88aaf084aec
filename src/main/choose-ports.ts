import { join } from "node:path";
import { z } from "zod";
import type { Config } from "#config";
import { EngineError } from "#contract/errors.ts";
import { readIfThere, writeAtomically } from "#embedded/files.ts";
import { findFreePort, isPortFree } from "#embedded/free-port.ts";

export interface Ports {
  api: number;
  postgres: number;
  temporal: number;
  temporalUi: number;
}

const rememberedSchema = z
  .object({ postgres: z.number(), temporal: z.number(), temporalUi: z.number() })
  .partial();
/** Where Temporal's own tools look first. */
const STANDARD = { temporal: 7233, temporalUi: 8233 };

/**
 * The api's port is the person's word: taken means refused. The others are those of the last start, so that bookmarks
 * and database tools keep working, or else free ones.
 */
export async function choosePorts(config: Config): Promise<Ports> {
  const api = await apiPort(config);
  const file = join(config.dataDir, "ports.json");
  const remembered = { ...STANDARD, ...(await readRemembered(file)) };
  const embedded = {
    postgres: await findFreePort(remembered.postgres),
    temporal: await findFreePort(remembered.temporal),
    temporalUi: await findFreePort(remembered.temporalUi),
  };
  await writeAtomically(file, `${JSON.stringify(embedded)}\n`);
  return { api, ...embedded };
}

async function apiPort({ port, host }: Config): Promise<number> {
  if (port === 0) return findFreePort();
  if (await isPortFree(port, host)) return port;
  throw new EngineError(
    "engine/start",
    `Port ${port} on ${host} cannot be listened on: most often another program has it. Stop that one, or set PORT to another (PORT=0 finds a free one).`,
  );
}

/** A damaged file costs the old ports and nothing else. */
async function readRemembered(file: string): Promise<z.output<typeof rememberedSchema>> {
  try {
    return rememberedSchema.parse(JSON.parse((await readIfThere(file)) ?? "{}"));
  } catch {
    return {};
  }
}
