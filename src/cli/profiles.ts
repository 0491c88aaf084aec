import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { CliError } from "./cli-error.ts";

/** Servers that `login` keeps, each with its token, under names of the person's own. */
export interface Profiles {
  /** The one that is meant where none is named. */
  current: string;
  servers: Record<string, { server: string; token: string }>;
}

export const FIRST_PROFILE = "default";

const profilesSchema = z.object({
  current: z.string(),
  servers: z.record(z.string(), z.object({ server: z.string(), token: z.string() })),
});

/** @throws CliError where the file is damaged or not this user's to read */
export async function readProfiles(file: string): Promise<Profiles> {
  const kept = await readJson(file, profilesSchema);
  return kept ?? { current: FIRST_PROFILE, servers: {} };
}

/** Written whole and then renamed: a reader never sees half of it. Only this user may read it. */
export async function writeProfiles(file: string, profiles: Profiles): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  // One that a crash left there keeps its mode.
  await chmod(next, 0o600);
  await rename(next, file);
}

/** What a file says; undefined where there is none. */
export async function readJson<Schema extends z.ZodType>(
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
