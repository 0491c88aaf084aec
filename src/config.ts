import { homedir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { EngineError } from "#contract/errors.ts";
import { parseNetRule } from "#contract/net-rule.ts";

/**
 * The only reader of process.env. Standard names where they exist, `MILLRACE_*` for our own; `.env.example` has a
 * line for each, checked both ways by a test. `OTEL_*` is left to the OpenTelemetry SDK, and the `TEMPORAL_*`
 * beyond address and namespace to `@temporalio/envconfig` (`temporalEnv`).
 */
const count = (least: number, most: number) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(least).max(most));
const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");
const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  });

/** A key that encrypts other keys. Its id is stored beside what it encrypted, so that keys can be changed. */
export interface MasterKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const MASTER_KEY = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]{43}=)$/;

/** The form of MILLRACE_ENCRYPTION_KEY, and of the key file of `npm start`. */
export const masterKeysSchema = z.string().transform((value, context): MasterKey[] => {
  const keys = value.split(",").map((part) => MASTER_KEY.exec(part.trim()));
  const parsed = keys.map((match) => ({
    id: match?.[1] ?? "",
    key: Buffer.from(match?.[2] ?? "", "base64"),
  }));
  // The value is a secret: what is wrong with it is said without a piece of it.
  if (keys.includes(null))
    context.addIssue("must be <key id>:<32 bytes in base64>, several separated by commas, the current first");
  else if (new Set(parsed.map(({ id }) => id)).size < parsed.length)
    context.addIssue("has two keys of one id");
  return parsed;
});

/** Entries in the grammar of `permissions.net`. */
const netRules = z.string().transform((value, context): string[] => {
  const rules = value
    .split(",")
    .map((rule) => rule.trim())
    .filter((rule) => rule !== "");
  for (const rule of rules) {
    try {
      parseNetRule(rule);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
    }
  }
  return rules;
});

export const envSchema = z.object({
  DATABASE_URL: url("postgres:", "postgresql:").optional(),
  PORT: count(0, 65_535).default(8080),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, "must be host:port")
    .optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default("default"),
  MILLRACE_TEMPORAL_UI_URL: url("http:", "https:")
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  MILLRACE_HOST: z.string().min(1).default("127.0.0.1"),
  MILLRACE_PUBLIC_URL: url("http:", "https:")
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
  MILLRACE_DATA_DIR: z.string().min(1).default(".millrace"),
  MILLRACE_ENCRYPTION_KEY: masterKeysSchema.optional(),
  MILLRACE_DEMO: flag.default(true),
  MILLRACE_SANDBOX_CELLS: count(1, 256).optional(),
  MILLRACE_SANDBOX_PARKED: count(1, 4_096).default(512),
  MILLRACE_POLICY_FILE: z.string().min(1).optional(),
  MILLRACE_CA_FILE: z.string().min(1).optional(),
  MILLRACE_EGRESS_PROXY: url("http:", "https:")
    .refine((value) => /^\/?$/.test(new URL(value).pathname), "must be a URL without a path")
    .transform((value) => new URL(value))
    .optional(),
  MILLRACE_EGRESS_NO_PROXY: netRules.default([]),
  MILLRACE_EGRESS_PROXY_DNS: z.enum(["local", "proxy"]).default("local"),
  MILLRACE_PREVIEWS: flag.default(true),
  MILLRACE_RETENTION_DAYS: count(1, 3_650).default(30),
  MILLRACE_SERVER: url("http:", "https:")
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
  MILLRACE_TOKEN: z.string().min(1).optional(),
  MILLRACE_TEST: flag.default(false),
  MILLRACE_TEST_KILL_DIR: z.string().min(1).optional(),
});

/** How steps' requests leave. */
export interface EgressConfig {
  /** PEM, absolute: certificate authorities beside Node's own. */
  caFile: string | undefined;
  proxy: { url: URL; bypass: string[]; dns: "local" | "proxy" } | undefined;
}

export interface Config {
  databaseUrl: string | undefined;
  /** 0 chooses a free one. */
  port: number;
  host: string;
  /** As senders and browsers see the api; undefined: as it listens. Without a slash at its end. */
  publicUrl: string | undefined;
  temporalAddress: string | undefined;
  temporalNamespace: string;
  /** For links to workflows. Without a slash at its end. */
  temporalUiUrl: string | undefined;
  /** Every `TEMPORAL_*` as set: `loadClientConnectConfig({ overrideEnvVars: config.temporalEnv })`. */
  temporalEnv: Record<string, string>;
  logLevel: z.output<typeof envSchema>["LOG_LEVEL"];
  /** Absolute. */
  dataDir: string;
  /** The current key first; undefined: the data directory's own is used. */
  encryptionKeys: MasterKey[] | undefined;
  demo: boolean;
  sandboxCells: number;
  /** Executions that may be in the sandbox at once, in all cells. */
  sandboxParked: number;
  egress: EgressConfig;
  /** Histories show the beginning of outputs and authors' messages. */
  previews: boolean;
  /** What integrations may do at most; undefined: what they name and were granted. Absolute. */
  policyFile: string | undefined;
  retentionDays: number;
  /** Where tests arm kill points (`src/main/kill-points.ts`): MILLRACE_TEST=1 must be set too. */
  killDir: string | undefined;
  /** Where downloads are kept for all checkouts of this user. */
  cacheDir: string;
  /** Folders of PATH. */
  executablePath: string[];
  /** npm runs this process: its end is the end of the command that the person gave. */
  startedByNpm: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** What the number of cells follows. */
export interface Machine {
  memoryBytes: number;
}

/** Each integration at work needs a cell of its own: 60 MB empty, several hundred with all that may wait in it. */
function defaultCells(machine: Machine): number {
  return Math.min(16, Math.max(2, Math.floor(machine.memoryBytes / 2 ** 29)));
}

/** `MILLRACE_*` names that are none of ours are refused: most are misspelt, and would be passed over in silence. */
function unknownNames(env: Env): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("MILLRACE_") && !Object.hasOwn(envSchema.shape, name))
    .map((name) => `${name}: no setting has this name; .env.example lists them all`);
}

/** @throws EngineError `engine/config` that lists every problem, one a line. Empty values count as not set. */
export function parseConfig(env: Env, machine: Machine): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = envSchema.safeParse(given);
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    ...unknownNames(given),
  ];
  if (result.data === undefined || problems.length > 0)
    throw new EngineError(
      "engine/config",
      `The environment has settings that cannot be used:\n  ${problems.join("\n  ")}`,
    );
  const set = result.data;
  return {
    databaseUrl: set.DATABASE_URL,
    port: set.PORT,
    host: set.MILLRACE_HOST,
    publicUrl: set.MILLRACE_PUBLIC_URL,
    temporalAddress: set.TEMPORAL_ADDRESS,
    temporalNamespace: set.TEMPORAL_NAMESPACE,
    temporalUiUrl: set.MILLRACE_TEMPORAL_UI_URL,
    temporalEnv: pickPrefixed(given, "TEMPORAL_"),
    logLevel: set.LOG_LEVEL,
    dataDir: resolve(set.MILLRACE_DATA_DIR),
    encryptionKeys: set.MILLRACE_ENCRYPTION_KEY,
    demo: set.MILLRACE_DEMO,
    sandboxCells: set.MILLRACE_SANDBOX_CELLS ?? defaultCells(machine),
    sandboxParked: set.MILLRACE_SANDBOX_PARKED,
    egress: egressOf(set),
    previews: set.MILLRACE_PREVIEWS,
    policyFile: set.MILLRACE_POLICY_FILE === undefined ? undefined : resolve(set.MILLRACE_POLICY_FILE),
    retentionDays: set.MILLRACE_RETENTION_DAYS,
    killDir: set.MILLRACE_TEST ? set.MILLRACE_TEST_KILL_DIR : undefined,
    cacheDir: join(given["XDG_CACHE_HOME"] ?? join(given["HOME"] ?? homedir(), ".cache"), "millrace"),
    executablePath: (given["PATH"] ?? "").split(":").filter((folder) => folder !== ""),
    startedByNpm: given["npm_lifecycle_event"] !== undefined,
  };
}

function egressOf(set: z.output<typeof envSchema>): EgressConfig {
  const { MILLRACE_CA_FILE: caFile, MILLRACE_EGRESS_PROXY: proxy } = set;
  return {
    caFile: caFile === undefined ? undefined : resolve(caFile),
    proxy:
      proxy === undefined
        ? undefined
        : { url: proxy, bypass: set.MILLRACE_EGRESS_NO_PROXY, dns: set.MILLRACE_EGRESS_PROXY_DNS },
  };
}

function pickPrefixed(env: Env, prefix: string): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && name.startsWith(prefix)) picked[name] = value;
  return picked;
}

/** Reads this process's environment. */
export function readConfig(): Config {
  return parseConfig(process.env, { memoryBytes: totalmem() });
}

/** What the command line takes from the environment. */
export interface CliConfig {
  server: string | undefined;
  token: string | undefined;
  /** Absolute; `run.json` in it names a server that runs on this machine. */
  dataDir: string;
  /** Where `login` keeps a server and its token, for this user. */
  profileFile: string;
  /** https://no-color.org */
  noColor: boolean;
}

/** @throws EngineError `engine/config` that names each setting that cannot be used. Unknown ones are not looked at. */
export function parseCliConfig(env: Env): CliConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = envSchema
    .pick({ MILLRACE_SERVER: true, MILLRACE_TOKEN: true, MILLRACE_DATA_DIR: true })
    .safeParse(given);
  if (!result.success)
    throw new EngineError(
      "engine/config",
      `The environment has settings that cannot be used:\n  ${result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n  ")}`,
    );
  const configHome = given["XDG_CONFIG_HOME"] ?? join(given["HOME"] ?? homedir(), ".config");
  return {
    server: result.data.MILLRACE_SERVER,
    token: result.data.MILLRACE_TOKEN,
    dataDir: resolve(result.data.MILLRACE_DATA_DIR),
    profileFile: join(configHome, "millrace", "profile.json"),
    noColor: given["NO_COLOR"] !== undefined,
  };
}

/** Reads this process's environment. */
export function readCliConfig(): CliConfig {
  return parseCliConfig(process.env);
}

/** The environment for a child process: ours, with some names set anew. */
export function childEnv(changes: Record<string, string>): Record<string, string> {
  return { ...pickPrefixed(process.env, ""), ...changes };
}

const VARIABLE_OF = {
  databaseUrl: "DATABASE_URL",
  temporalAddress: "TEMPORAL_ADDRESS",
  publicUrl: "MILLRACE_PUBLIC_URL",
  encryptionKeys: "MILLRACE_ENCRYPTION_KEY",
} as const satisfies Partial<Record<keyof Config, string>>;
type Requirable = keyof typeof VARIABLE_OF;

/**
 * For a process that is started by an operator and cannot go on without some settings.
 * @throws EngineError `engine/config` that names every one that is missing.
 */
export function requireConfig<Name extends Requirable>(
  config: Config,
  names: readonly Name[],
): Config & { [Key in Name]: NonNullable<Config[Key]> } {
  const missing = names.filter((name) => config[name] === undefined).map((name) => VARIABLE_OF[name]);
  if (missing.length > 0)
    throw new EngineError(
      "engine/config",
      `Set ${missing.join(" and ")}: this process needs ${missing.length === 1 ? "it" : "them"} (npm start brings its own, .env.example explains each).`,
    );
  // Checked above, name by name; the type system cannot follow a filter.
  return config as Config & { [Key in Name]: NonNullable<Config[Key]> };
}
