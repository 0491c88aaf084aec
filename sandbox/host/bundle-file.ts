import { builtinModules } from "node:module";
import { dirname, resolve } from "node:path";
import { build, type BuildFailure } from "esbuild";
import { EngineError } from "#contract/errors.ts";
import { INTEGRATION_GLOBAL, type GuestIntegration } from "../protocol.ts";

/** Where `bundleFile` puts a file's default export. */
export const FILE_FLOW = "file";
export const FILE_STEP = "run";

/**
 * One file as an integration of one step, whose function is the file's default export. The step's context has
 * the trigger's JSON body as `input` too. What only Node has is refused when the code asks for it, in the
 * isolate: hostile files are meant to be run.
 *
 * @throws EngineError `request/unprocessable` for what cannot be bundled
 */
export async function bundleFile(file: string): Promise<{ code: string; sourceMap: string }> {
  const path = resolve(file);
  try {
    const { outputFiles } = await build({
      stdin: { contents: entryFor(path), resolveDir: dirname(path), sourcefile: "sandbox-run.js" },
      absWorkingDir: dirname(path),
      outfile: "bundle.js",
      write: false,
      bundle: true,
      format: "iife",
      target: "es2024",
      platform: "browser",
      conditions: ["workerd", "worker", "browser"],
      external: ["node:*", ...builtinModules],
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
    });
    const text = (suffix: string) => outputFiles.find((output) => output.path.endsWith(suffix))?.text ?? "";
    return { code: text("bundle.js"), sourceMap: text("bundle.js.map") };
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>; // what esbuild rejects with
    const first = errors[0];
    const place = first?.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new EngineError(
      "request/unprocessable",
      `${path} cannot be bundled: ${first?.text ?? String(error)}${place}`,
      { cause: error, field: "file" },
    );
  }
}

function entryFor(path: string): string {
  const functions: Record<keyof GuestIntegration["functions"], string> = {
    [FILE_FLOW]: `{ ${FILE_STEP}: (context) => run(Object.assign(context, { input: context.trigger.body.json() })) }`,
  };
  return `
    import * as file from ${JSON.stringify(path)};
    const run = file.default;
    if (typeof run !== "function") throw new TypeError("The file has no default export that is a function");
    globalThis.${INTEGRATION_GLOBAL} = { definition: { flows: [] }, functions: { ${FILE_FLOW}: ${functions[FILE_FLOW]} } };
  `;
}
