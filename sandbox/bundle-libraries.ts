import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { LIBRARY_NAMES, type Libraries, type LibraryName } from "./protocol.ts";

/** The kept libraries of the web platform as scripts, each of which evaluates to its exports. */
export async function bundleLibraries(): Promise<Libraries> {
  const entries = LIBRARY_NAMES.map(async (name) => [name, await bundleLibrary(name)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Libraries; // of each name
}

/** In ASCII: V8 then keeps a byte for each character. */
async function bundleLibrary(name: LibraryName): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`guest/libraries/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "library",
    platform: "neutral",
    // A bare engine is what it is made for, where libraries know of one: nothing is asked of the web platform.
    conditions: ["react-native"],
    mainFields: ["module", "main"],
    target: "es2024",
    minify: true,
    charset: "ascii",
    legalComments: "none",
    logLevel: "silent",
  });
  const text = result.outputFiles[0]?.text;
  if (text === undefined) throw new Error(`Bundling the library ${name} gave no output`);
  return `(()=>{${text}return library})()`;
}
