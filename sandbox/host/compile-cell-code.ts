import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { bundleLibraries } from "../bundle-libraries.ts";
import type { Libraries } from "../protocol.ts";
import { pruneCellCode } from "./prune-cell-code.ts";

/**
 * Cells run without a compiler (`--jitless`), so without WebAssembly, so without Node's type stripping: their
 * code is bundled here, once per content, into files named by their hash. Two processes may do it at once:
 * each writes a file of its own and renames it.
 */
export interface CellCode {
  mainFile: string;
  threadFile: string;
  /** Source of the guest's runtime. */
  guestCode: string;
  /** Where a code cache of the guest's runtime is kept, for this Node and these flags. */
  guestCacheFile: string;
  /** Scripts that evaluate to a library's exports. */
  libraries: Libraries;
  /** Packages that a cell loads from disk. */
  packageFolders: string[];
}

const SANDBOX_FOLDER = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
/** Loaded from disk by the cell, by absolute path: the cell's files may lie anywhere. */
const EXTERNAL = ["piscina", "isolated-vm"];

export async function compileCellCode(cacheFolder: string): Promise<CellCode> {
  await mkdir(cacheFolder, { recursive: true });
  const [main, thread, guest] = await Promise.all([
    bundle("cell/main.ts", "cjs"),
    bundle("cell/thread.ts", "cjs"),
    bundle("guest/main.ts", "iife"),
  ]);
  const libraries = await bundleLibraries();
  // The thread's code says what the runtime has run before its cache is taken.
  const key = [guest, thread, process.version, process.versions.v8, process.arch].join("\0");
  const mainFile = await write(cacheFolder, "cell-main", main);
  const threadFile = await write(cacheFolder, "cell-thread", thread);
  const guestCacheFile = join(cacheFolder, `guest-${hash(key)}.cache`);
  await pruneCellCode(cacheFolder, [mainFile, threadFile, guestCacheFile]);
  return {
    mainFile,
    threadFile,
    guestCode: guest,
    libraries,
    guestCacheFile,
    packageFolders: ["piscina", "isolated-vm", "node-gyp-build"].map(folderOf),
  };
}

async function bundle(entry: string, format: "cjs" | "iife"): Promise<string> {
  const isGuest = format === "iife";
  const result = await build({
    entryPoints: [join(SANDBOX_FOLDER, entry)],
    bundle: true,
    write: false,
    format,
    platform: isGuest ? "neutral" : "node",
    target: "esnext",
    minifySyntax: isGuest,
    minifyWhitespace: isGuest,
    keepNames: false,
    plugins: [externalByPath],
    define: isGuest ? {} : { "import.meta.dirname": "__dirname" },
    logLevel: "silent",
  });
  const text = result.outputFiles[0]?.text;
  if (text === undefined) throw new Error(`Bundling ${entry} gave no output`);
  // Piscina takes a function as the module's export, not as its `default`.
  return entry === "cell/thread.ts" ? `${text}\nmodule.exports = module.exports.default;\n` : text;
}

const externalByPath: Plugin = {
  name: "external-by-path",
  setup(setup) {
    setup.onResolve({ filter: new RegExp(`^(${EXTERNAL.join("|")})$`) }, ({ path }) => ({
      path: require.resolve(path),
      external: true,
    }));
  },
};

async function write(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, `${name}-${hash(text)}.cjs`);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present !== text) await writeAtomically(file, text);
  return file;
}

/** Whole or not at all, whoever else writes the same. */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, content, { mode: 0o644 });
  await rename(own, file);
}

function folderOf(packageName: string): string {
  const entry = require.resolve(packageName);
  const marker = join("node_modules", packageName);
  return entry.slice(0, entry.lastIndexOf(marker) + marker.length);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
