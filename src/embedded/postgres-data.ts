import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "#contract/errors.ts";
import { endOrphan, isAlive } from "./end-orphan.ts";
import { isReachable, SHARED_ROOT } from "./postgres-binaries.ts";
import type { PostgresBinaries, PostgresUser } from "./postgres-binaries.ts";
import { isDiskFull, readIfThere, writeAtomically } from "./files.ts";

const run = promisify(execFile);
/** Above what Linux and macOS give out. */
const NOBODYS_PID = 999_999_999;
export const SUPERUSER = "millrace";

export interface PostgresData {
  /** Postgres' own data directory. */
  dir: string;
  password: string;
}

/**
 * The folder of Postgres' files: `<data dir>/postgres`, or, where root keeps its checkout in a folder that the user
 * `postgres` cannot enter, a folder of its own elsewhere, which `<data dir>/postgres-location` names. Deleting the
 * data directory so always means a fresh start.
 */
export async function locatePostgresData(dataDir: string, user: PostgresUser | undefined): Promise<string> {
  const inPlace = join(dataDir, "postgres");
  if (user === undefined) return inPlace;
  // The data directory itself is ours to open: it may be passed through, and not be listed.
  await chmod(dataDir, 0o711);
  if (await isReachable(inPlace)) return inPlace;
  const pointer = join(dataDir, "postgres-location");
  const known = await readIfThere(pointer);
  if (known !== undefined) return known.trim();
  const elsewhere = join(SHARED_ROOT, "data", randomBytes(8).toString("hex"));
  await writeAtomically(pointer, `${elsewhere}\n`);
  return elsewhere;
}

/** Makes the data directory where there is none, and refuses one of another major version. */
export async function preparePostgresData(
  dataDir: string,
  binaries: PostgresBinaries,
  user: PostgresUser | undefined,
): Promise<PostgresData> {
  const dir = await locatePostgresData(dataDir, user);
  const passwordFile = join(dataDir, "postgres.password");
  const written = (await readIfThere(join(dir, "PG_VERSION")))?.trim();
  const major = binaries.version.split(".")[0];
  if (written !== undefined && written !== major)
    throw new EngineError(
      "engine/start",
      `${dir} was written by Postgres ${written}, and this release brings Postgres ${major}. Move its data over (pg_dump with ${written}, restore with ${major}), or move the folder away to start afresh.`,
    );
  const known = await readIfThere(passwordFile);
  if (written !== undefined && known !== undefined) return { dir, password: known.trim() };
  if (written !== undefined)
    throw new EngineError(
      "engine/start",
      `${passwordFile} is missing, and without it ${dir} cannot be opened. Restore the file, or move ${dataDir} away to start afresh.`,
    );
  const password = randomBytes(24).toString("base64url");
  await writeAtomically(passwordFile, `${password}\n`);
  await initialise({ dir, password, binaries, user });
  return { dir, password };
}

interface Initialise extends PostgresData {
  binaries: PostgresBinaries;
  user: PostgresUser | undefined;
}

async function initialise({ dir, password, binaries, user }: Initialise): Promise<void> {
  // initdb leaves no PG_VERSION behind before all else is written, so what is here is an unfinished attempt.
  await rm(dir, { recursive: true, force: true });
  await mkdir(dirname(dir), { recursive: true });
  await mkdir(dir, { mode: 0o700 });
  const passwordFile = `${dir}.init-password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    await chown(dir, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
    await chmod(dirname(dir), 0o755);
  }
  try {
    // The builtin locale sorts alike on every platform, whatever the machine has installed.
    const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"];
    const flags = ["--auth=scram-sha-256", `--username=${SUPERUSER}`, ...locale];
    await run(binaries.initdb, [`--pgdata=${dir}`, `--pwfile=${passwordFile}`, ...flags], {
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
      cwd: "/",
      ...user,
    });
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw new EngineError("engine/start", initFailure(dir, error), { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initFailure(dir: string, error: unknown): string {
  const said =
    typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr).trim() : "";
  if (isDiskFull(error) || /No space left|Disk quota/.test(said))
    return `The disk is full: Postgres' files could not be made in ${dir}. Free about 200 MB and start again.`;
  return `Postgres' files could not be made in ${dir}: ${said || String(error)}`;
}

/**
 * What a start after a crash may find: a Postgres that runs on (it is ended, since the caller holds the data
 * directory's lock), or a pid file whose pid now belongs to a stranger, at which Postgres would refuse to start. The
 * file then gets a pid that no process has, and stays: by its other lines Postgres sees whether backends of a killed
 * server still use its memory, which would damage the data.
 */
export async function clearStalePid(dir: string): Promise<void> {
  const file = join(dir, "postmaster.pid");
  const text = await readIfThere(file);
  if (text === undefined) return;
  const pid = Number.parseInt(text, 10);
  await endOrphan(pid, dir, "SIGINT");
  const left = await readIfThere(file);
  if (left !== undefined && isAlive(pid)) await writeFile(file, left.replace(/^\d+/, String(NOBODYS_PID)));
}
