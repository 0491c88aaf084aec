import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENTRY = join(ROOT, "workflows", "index.ts");
/** Everything that workflows may import of ours, and what the bundle is made by and of. */
const SOURCES = ["workflows", "src/contract"] as const;
const PACKAGES = ["worker", "workflow", "common"] as const;
const NAME = /^workflows-[0-9a-f]{64}\.js$/;

export interface WorkflowBundleOptions {
  /** Where it is kept between starts: building takes some seconds. Made where it is missing. */
  cacheDir: string;
  /** Another entry, for tests. */
  entry?: string;
}

/**
 * The workflows as one script for Temporal's worker, kept by the hash of its sources. Two processes may build it at
 * once: each writes a file of its own and renames it.
 */
export async function buildWorkflowBundle(options: WorkflowBundleOptions): Promise<{ code: string }> {
  const { cacheDir, entry = ENTRY } = options;
  const file = join(cacheDir, `workflows-${await hashSources(entry)}.js`);
  const kept = await readFile(file, "utf8").catch(ignoreMissing);
  if (kept !== undefined) return { code: kept };
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger("WARN") });
  await mkdir(cacheDir, { recursive: true });
  const own = `${file}.${process.pid}.tmp`;
  await writeFile(own, code);
  await rename(own, file);
  await removeOthers(cacheDir, file);
  return { code };
}

async function hashSources(entry: string): Promise<string> {
  const folders = await Promise.all(
    SOURCES.map(async (folder) =>
      (await readdir(join(ROOT, folder))).map((name) => join(ROOT, folder, name)),
    ),
  );
  const packages = PACKAGES.map((name) => join(ROOT, "node_modules/@temporalio", name, "package.json"));
  const files = [entry, join(ROOT, "package.json"), ...packages, ...folders.flat()];
  const hash = createHash("sha256");
  for (const file of files.filter((each) => /\.(ts|json)$/.test(each)).toSorted())
    hash
      .update(`${file}\0`)
      .update(await readFile(file))
      .update("\0");
  return hash.digest("hex");
}

/** Bundles of earlier releases; one that another release's process reads at this moment is read whole already. */
async function removeOthers(cacheDir: string, file: string): Promise<void> {
  const old = (await readdir(cacheDir)).filter((name) => NAME.test(name)).map((name) => join(cacheDir, name));
  await Promise.all(old.filter((each) => each !== file).map((each) => rm(each, { force: true })));
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
