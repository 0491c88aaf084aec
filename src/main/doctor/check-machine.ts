import { access, constants, readFile, stat, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { Config } from "#config";
import { isPortFree } from "#embedded/free-port.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, skipped, warn } from "./finding.ts";
import type { RunningInstallation } from "./find-running.ts";

const GIB = 2 ** 30;

export async function checkMachine(
  config: Config,
  running: RunningInstallation | undefined,
): Promise<Finding[]> {
  const checks = [checkDataDir(config), checkKeyFile(config), checkDisk(config), checkPort(config, running)];
  return Promise.all([...checks, checkProc(), checkCgroup(), checkMemory(config)]);
}

async function checkDataDir({ dataDir }: Config): Promise<Finding> {
  const part = "data directory";
  const info = await stat(dataDir).catch(() => undefined);
  if (info === undefined) return skipped(part, `${dataDir} is not there yet: the first npm start makes it`);
  const isWritable = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isWritable
    ? ok(part, dataDir)
    : fail(part, `${dataDir} cannot be written by this user`, `chown -R $(id -un) ${dataDir}`);
}

async function checkKeyFile({ dataDir, encryptionKeys }: Config): Promise<Finding> {
  const part = "encryption key";
  if (encryptionKeys !== undefined)
    return ok(
      part,
      `${encryptionKeys.length} from MILLRACE_ENCRYPTION_KEY, current ${encryptionKeys[0]?.id}`,
    );
  const file = join(dataDir, "encryption.key");
  const info = await stat(file).catch(() => undefined);
  if (info === undefined)
    return skipped(part, "not made yet: the first npm start does, or set MILLRACE_ENCRYPTION_KEY");
  return (info.mode & 0o077) === 0
    ? ok(part, `${file}, readable by its owner alone`)
    : fail(part, `${file} can be read by others`, `chmod 600 ${file}`);
}

async function checkDisk({ dataDir }: Config): Promise<Finding> {
  const info = await statfs(dataDir).catch(() => statfs("."));
  const freeGib = (info.bavail * info.bsize) / GIB;
  const detail = `${freeGib.toFixed(1)} GB free`;
  if (freeGib < 1) return fail("disk", detail, "free some space, or move MILLRACE_DATA_DIR to another disk");
  return freeGib < 10
    ? warn("disk", detail, "the embedded Postgres alone keeps up to 8 GB of log")
    : ok("disk", detail);
}

async function checkPort({ port, host }: Config, running: RunningInstallation | undefined): Promise<Finding> {
  const part = "port";
  if (running !== undefined) return ok(part, `${running.apiUrl} is this installation's`);
  if (port === 0) return ok(part, "a free one is chosen at start");
  return (await isPortFree(port, host))
    ? ok(part, `${port} on ${host} is free`)
    : fail(part, `${port} on ${host} is taken`, "stop what listens there, or set PORT");
}

async function checkProc(): Promise<Finding> {
  const part = "/proc";
  const isThere = await readFile("/proc/self/stat").then(
    () => true,
    () => false,
  );
  return isThere
    ? ok(part, "CPU and memory of sandbox cells are watched every 20 ms")
    : warn(
        part,
        "not on this platform",
        "cells are then watched by the wall clock and V8's own limits; run untrusted code on Linux",
      );
}

/** Memory limits of the group that this process is in: what the container or the service manager allows. */
async function checkCgroup(): Promise<Finding> {
  const part = "cgroup";
  const path = (await readFile("/proc/self/cgroup", "utf8").catch(() => ""))
    .split("\n")
    .find((line) => line.startsWith("0::"));
  if (path === undefined) return skipped(part, "no cgroup v2: only the watchdog limits a cell's memory");
  // The root group has no such file, and no limit.
  const file = join("/sys/fs/cgroup", path.slice(3).trim(), "memory.max");
  const limit = await readFile(file, "utf8").catch(() => "max");
  const bytes = Number(limit);
  return ok(
    part,
    Number.isNaN(bytes) ? "v2, no memory limit" : `v2, memory limit ${(bytes / GIB).toFixed(1)} GB`,
  );
}

async function checkMemory({ sandboxCells }: Config): Promise<Finding> {
  const gib = totalmem() / GIB;
  const detail = `${gib.toFixed(1)} GB for ${sandboxCells} sandbox cells`;
  return gib / sandboxCells >= 0.5
    ? ok("memory", detail)
    : warn(
        "memory",
        detail,
        "lower MILLRACE_SANDBOX_CELLS: a cell takes 56 MB empty and may grow to several hundred",
      );
}
