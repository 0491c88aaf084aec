// Makes the package that an integration's author installs: the SDK, testFlow and the command line as compiled JavaScript
// with types, without the engine. `node scripts/package.mjs [folder]` leaves millrace-<version>.tgz in the folder.
import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { compileGuest } from "../src/local/guest-code.ts";

const ROOT = resolve(import.meta.dirname, "..");
const OUT = join(ROOT, "dist", "package");
const target = resolve(process.argv[2] ?? join(ROOT, "dist"));
const root = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));

/** Taken from the registry by whoever installs the package: one is native, types of the other are in ours. */
const DEPENDENCIES = ["esbuild", "string_decoder", "unenv", "zod"];
const shared = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: DEPENDENCIES,
  logLevel: "warning",
  // What is bundled may still call require.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
};

await rm(OUT, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await Promise.all([
  build({
    ...shared,
    entryPoints: {
      cli: "src/cli/main.ts",
      testing: "src/local/testing.ts",
      "replay-main": "src/local/replay-main.ts",
    },
    outdir: join(OUT, "lib"),
    splitting: true,
    chunkNames: "chunk-[hash]",
  }),
  build({
    ...shared,
    entryPoints: ["src/sdk/index.ts"],
    outfile: join(OUT, "sdk/index.js"),
    platform: "neutral",
    target: "es2024",
    banner: {},
  }),
]);
await writeFile(join(OUT, "lib/guest.json"), JSON.stringify(await compileGuest()));
const bin = join(OUT, "bin/millrace.mjs");
await mkdir(join(OUT, "bin"));
await writeFile(bin, '#!/usr/bin/env node\nimport "../lib/cli.js";\n');
await chmod(bin, 0o755);

const types = join(OUT, "types");
execFileSync(
  process.execPath,
  [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.package.json", "--outDir", types],
  {
    cwd: ROOT,
    stdio: "inherit",
  },
);

// Declarations name sources; in the package there is what they were compiled to.
for (const file of await readdir(types, { recursive: true })) {
  if (!file.endsWith(".d.ts")) continue;
  const text = await readFile(join(types, file), "utf8");
  await writeFile(join(types, file), text.replaceAll(/(["'])((?:\.{1,2}|#\w+)\/[^"']+)\.ts\1/g, "$1$2.js$1"));
}

await cp(join(ROOT, "LICENSE"), join(OUT, "LICENSE"));
await cp(join(ROOT, "docs/authors/quick-start.md"), join(OUT, "README.md"));
const { name, version, description, license } = root;
await writeFile(
  join(OUT, "package.json"),
  `${JSON.stringify(
    {
      name,
      version,
      description,
      license,
      type: "module",
      bin: { millrace: "bin/millrace.mjs" },
      exports: {
        ".": { types: "./types/src/sdk/index.d.ts", default: "./sdk/index.js" },
        "./testing": { types: "./types/src/local/testing.d.ts", default: "./lib/testing.js" },
        "./package.json": "./package.json",
      },
      imports: Object.fromEntries(
        Object.entries(root.imports).map(([alias, path]) => [
          alias,
          path.replace(/^\./, "./types").replace(/\.ts$/, ".js"),
        ]),
      ),
      dependencies: Object.fromEntries(
        DEPENDENCIES.map((dependency) => [dependency, root.dependencies[dependency]]),
      ),
      engines: root.engines,
    },
    null,
    2,
  )}\n`,
);
execFileSync("npm", ["pack", "--silent", "--pack-destination", target], {
  cwd: OUT,
  stdio: ["ignore", "inherit", "inherit"],
});
