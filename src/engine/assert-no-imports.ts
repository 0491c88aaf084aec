import { build, type Plugin } from "esbuild";
import { EngineError } from "#contract/errors.ts";

/**
 * Looks at an uploaded bundle once more: whoever made it, nothing may be left in it that wants to be imported. The
 * isolate has no module loader anyway; here it is said at publish, with the module's name, and not at the first run.
 *
 * @throws EngineError `request/definition-refused`
 */
export async function assertNoImports(code: string): Promise<void> {
  const found = new Set<string>();
  const collect: Plugin = {
    name: "collect-imports",
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind !== "entry-point") found.add(path);
        return { path, external: true };
      });
    },
  };
  try {
    await build({
      stdin: { contents: code, loader: "js" },
      bundle: true,
      write: false,
      logLevel: "silent",
      plugins: [collect],
    });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(
      "request/definition-refused",
      `The bundle is not a script that can run: ${problem}`,
      {
        cause,
      },
    );
  }
  if (found.size === 0) return;
  const names = [...found].slice(0, 10).join(", ");
  throw new EngineError(
    "request/definition-refused",
    `The bundle imports ${names}: an isolate has no modules. Bundle what it needs (millrace publish does), and use web APIs in place of Node's`,
  );
}
