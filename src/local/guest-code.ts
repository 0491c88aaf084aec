import { access, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleLibraries } from "#sandbox/bundle-libraries.ts";
import { keepLibraries } from "#sandbox/cell/answer-native.ts";
import type { Libraries } from "#sandbox/protocol.ts";

/** What every isolate has: the web's APIs, what calls a step, and libraries that are loaded when they are asked for. */
export interface GuestCode {
  code: string;
  libraries: Libraries;
}

/** In the package it lies compiled beside this module; in a checkout it is compiled here, once for a process. */
const COMPILED = fileURLToPath(new URL("guest.json", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../sandbox/guest/main.ts", import.meta.url));

let ready: Promise<string> | undefined;

/** The runtime's script. Its libraries are kept for whatever scope asks for them. */
export function guestCode(): Promise<string> {
  ready ??= access(COMPILED)
    .then(
      async () => JSON.parse(await readFile(COMPILED, "utf8")) as GuestCode, // of the package
      () => compileGuest(),
    )
    .then(({ code, libraries }) => {
      keepLibraries(libraries);
      return code;
    });
  return ready;
}

export async function compileGuest(): Promise<GuestCode> {
  const [{ outputFiles }, libraries] = await Promise.all([
    build({
      entryPoints: [SOURCE],
      bundle: true,
      write: false,
      format: "iife",
      platform: "neutral",
      target: "es2022",
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: "silent",
    }),
    bundleLibraries(),
  ]);
  return { code: outputFiles[0]?.text ?? "", libraries };
}
