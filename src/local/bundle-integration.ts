import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  build,
  type BuildFailure,
  type Message,
  type Metafile,
  type OnResolveArgs,
  type OnResolveResult,
  type Plugin,
  type PluginBuild,
} from "esbuild";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { findNodeShim } from "./node-shims.ts";

/** An integration as one script, which sets `globalThis.__millraceIntegration` to the module's default export. */
export interface IntegrationBundle {
  code: string;
  /** Sources relative to the integration's folder, `millrace/…` for the SDK's, with their text. */
  sourceMap: string;
  /** Of `code`, hex. The same source gives the same, in whatever folder it lies. */
  sha256: string;
  /** `file:line:column: text`. */
  warnings: string[];
  /** The author's files that went into it, packages left out: absolute paths. */
  inputs: string[];
}

/** Source in a checkout, compiled in the package. */
const SDK_ENTRY =
  ["../sdk/index.ts", "../sdk/index.js"]
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find((file) => existsSync(file)) ?? "millrace";
const SDK_FOLDER = dirname(SDK_ENTRY);
/** Modules of ours that stand for a built-in of Node's. */
const SHIM_NAMESPACE = "node-shim";
const OUT_FILE = "bundle.js";
const ERRORS_LISTED = 10;

/**
 * Bundles the integration whose default export is in `file`.
 *
 * @throws EngineError `request/definition-refused` with the place of each problem: an import that an isolate does
 * not have, a syntax error, no default export, a bundle above `LIMITS.bundleBytes`
 */
export async function bundleIntegration(file: string): Promise<IntegrationBundle> {
  const path = resolve(file);
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new EngineError("request/invalid", `There is no file ${path}; name the integration's source`, {
      field: "file",
    });
  }
  const folder = dirname(path);
  const { outputFiles, warnings, metafile } = await runEsbuild(path);
  const text = (suffix: string) => outputFiles.find((output) => output.path.endsWith(suffix))?.text ?? "";
  const code = text(OUT_FILE);
  const bytes = Buffer.byteLength(code);
  if (bytes > LIMITS.bundleBytes) throw tooLarge(path, bytes, metafile);
  return {
    code,
    sourceMap: portableMap(text(`${OUT_FILE}.map`), folder),
    sha256: createHash("sha256").update(code).digest("hex"),
    warnings: warnings.map((warning) => placed(warning, folder)),
    inputs: Object.keys(metafile.inputs)
      .filter((input) => !input.includes("node_modules/") && input !== "millrace-entry.js")
      .map((input) => resolve(folder, input))
      .filter((input) => !input.startsWith(`${SDK_FOLDER}/`)),
  };
}

async function runEsbuild(path: string) {
  const folder = dirname(path);
  try {
    return await build({
      stdin: {
        contents: `import integration from ${JSON.stringify(`./${basename(path)}`)};\nglobalThis.__millraceIntegration = integration;`,
        resolveDir: folder,
        sourcefile: "millrace-entry.js",
      },
      absWorkingDir: folder,
      outfile: join(folder, OUT_FILE),
      write: false,
      bundle: true,
      metafile: true,
      format: "iife",
      target: "es2024",
      // What packages offer to runtimes that have the web's APIs and nothing else.
      platform: "browser",
      conditions: ["workerd", "worker", "browser"],
      define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
      // Identifiers stay as they are, so that stacks can be read without the map too.
      minifySyntax: true,
      minifyWhitespace: true,
      charset: "utf8",
      legalComments: "eof",
      sourcemap: "external",
      logLevel: "silent",
      plugins: [isolateImports],
    });
  } catch (error) {
    throw refusalOf(error, path);
  }
}

/** `millrace` is the SDK of this release; what only Node has is refused where it is imported. */
const isolateImports: Plugin = {
  name: "isolate-imports",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^millrace$/ }, () => ({ path: SDK_ENTRY, sideEffects: false }));
    esbuild.onResolve({ filter: /\.node$/ }, ({ path }) => ({
      errors: [
        {
          text: `"${path}" is native code, which an isolate cannot load; use a package written in JavaScript`,
        },
      ],
    }));
    esbuild.onResolve({ filter: /^(node|bun|deno|cloudflare):/ }, shimOrRefuse);
    esbuild.onResolve({ filter: /^[a-z_][a-z0-9_/]*$/ }, (args) =>
      builtinModules.includes(args.path) ? packageOrBuiltIn(esbuild, args) : undefined,
    );
    esbuild.onLoad({ filter: /.*/, namespace: SHIM_NAMESPACE }, ({ pluginData }) => ({
      contents: pluginData.contents as string, // put there by `shimOrRefuse`
      resolveDir: pluginData.resolveFolder as string, // as above
    }));
  },
};

/** A package of the author's may have a built-in's name, as `buffer` and `events` on the registry do. */
async function packageOrBuiltIn(esbuild: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult> {
  const { path, importer, kind, resolveDir } = args;
  const found = await esbuild.resolve(`${path}/`, { importer, kind, resolveDir });
  return found.errors.length === 0 ? { path: found.path } : shimOrRefuse(args);
}

function shimOrRefuse({ path, importer }: OnResolveArgs): OnResolveResult {
  const name = path.replace(/^node:/, "");
  const shim = findNodeShim(name, importer);
  if (shim === undefined) return refuseBuiltIn({ path });
  if ("path" in shim) return { path: shim.path, sideEffects: false };
  return { path: name, namespace: SHIM_NAMESPACE, sideEffects: false, pluginData: shim };
}

function refuseBuiltIn({ path }: { path: string }): OnResolveResult {
  const name = path.includes(":") ? path : `node:${path}`;
  return {
    errors: [
      {
        text: `"${name}" does not exist in the isolate that runs a step; use the web's APIs (fetch, crypto, URL, TextEncoder) or a package built on them`,
      },
    ],
  };
}

function refusalOf(error: unknown, path: string): unknown {
  if (!isBuildFailure(error)) return error;
  const lines = error.errors.slice(0, ERRORS_LISTED).map((message) => `  ${placed(message, dirname(path))}`);
  const rest =
    error.errors.length > ERRORS_LISTED ? `\n  and ${error.errors.length - ERRORS_LISTED} more` : "";
  return new EngineError(
    "request/definition-refused",
    `${basename(path)} cannot be bundled:\n${lines.join("\n")}${rest}`,
    { cause: error },
  );
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

const REMEDIES: [pattern: RegExp, remedy: string][] = [
  [/No matching export .* for import "default"/, "; write `export default defineIntegration(…)`"],
  [/^Top-level await/, "; await inside a step"],
];

/** As an editor or terminal links it: relative to the working directory, columns from 1. */
function placed({ text, location }: Message, folder: string): string {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1] ?? "";
  if (location === null) return text + remedy;
  const isEntry = location.file === "millrace-entry.js";
  const path = join(folder, location.file);
  const fromHere = relative(process.cwd(), path);
  const file = fromHere.startsWith("..") ? path : fromHere;
  return `${isEntry ? "" : `${file}:${location.line}:${location.column + 1}: `}${text}${remedy}`;
}

function tooLarge(path: string, bytes: number, metafile: Metafile): EngineError {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const largest = inputs
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 3)
    .map(([file, input]) => `${file} (${megabytes(input.bytesInOutput)})`);
  return new EngineError(
    "request/definition-refused",
    `${basename(path)} bundles to ${megabytes(bytes)}, at most ${megabytes(LIMITS.bundleBytes)} are allowed; the largest parts are ${largest.join(", ")}`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The map without a trace of where on this machine the SDK and the packages lie. */
function portableMap(json: string, folder: string): string {
  const map: unknown = JSON.parse(json);
  if (typeof map !== "object" || map === null || !("sources" in map) || !Array.isArray(map.sources))
    return json;
  const sources = map.sources.map((source: unknown) => portableSource(String(source), folder));
  return JSON.stringify({ ...map, sources });
}

function portableSource(source: string, folder: string): string {
  const path = resolve(folder, source);
  if (path.startsWith(`${SDK_FOLDER}/`)) return `millrace/${relative(SDK_FOLDER, path)}`;
  const packages = source.lastIndexOf("node_modules/");
  return packages > 0 ? source.slice(packages) : source;
}
