import { access, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleLibraries } from "#sandbox/bundle-libraries.ts";
import { keepLibraries } from "#sandbox/cell/answer-native.ts";
import type { Libraries } from "#sandbox/protocol.ts";

/** In the package the isolate's runtime lies compiled beside this module; in a checkout it is compiled here, once. */
const COMPILED = fileURLToPath(new URL("guest.js", import.meta.url));
const COMPILED_LIBRARIES = fileURLToPath(new URL("guest-libraries.json", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../sandbox/guest/main.ts", import.meta.url));

let code: Promise<string> | undefined;

/** Source of the runtime that every isolate has: the web's APIs, and what calls a step. */
export function guestCode(): Promise<string> {
  code ??= access(COMPILED).then(readCompiled, compileAll);
  return code;
}

async function readCompiled(): Promise<string> {
  keepLibraries(JSON.parse(await readFile(COMPILED_LIBRARIES, "utf8")) as Libraries); // as `compileAll` would give
  return readFile(COMPILED, "utf8");
}

async function compileAll(): Promise<string> {
  const [guest, libraries] = await Promise.all([compileGuest(), bundleLibraries()]);
  keepLibraries(libraries);
  return guest;
}

export async function compileGuest(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [SOURCE],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    target: "es2024",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
