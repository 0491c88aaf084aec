import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { envSchema, parseConfig, requireConfig } from "#config";
import { codeOf } from "#contract/errors.ts";

const machine = { memoryBytes: 16 * 2 ** 30 };
const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");

function problemsOf(env: Record<string, string>): string {
  try {
    parseConfig(env, machine);
  } catch (error) {
    expect(codeOf(error)).toBe("engine/config");
    return String(error);
  }
  return "";
}

test("nothing set gives the defaults", () => {
  expect(parseConfig({ HOME: "/home/ada", PATH: "/usr/bin::/bin" }, machine)).toMatchObject({
    databaseUrl: undefined,
    temporalAddress: undefined,
    encryptionKeys: undefined,
    port: 8080,
    host: "127.0.0.1",
    temporalNamespace: "default",
    demo: true,
    retentionDays: 30,
    sandboxCells: 16,
    sandboxParked: 512,
    cacheDir: "/home/ada/.cache/millrace",
    executablePath: ["/usr/bin", "/bin"],
    startedByNpm: false,
  });
});

test("an empty value counts as not set", () => {
  expect(parseConfig({ PORT: "", DATABASE_URL: "" }, machine)).toMatchObject({
    port: 8080,
    databaseUrl: undefined,
  });
});

test("all problems are listed at once, each with its name", () => {
  const problems = problemsOf({
    PORT: "70000",
    DATABASE_URL: "mysql://db",
    MILLRACE_DEMO: "yes",
    TEMPORAL_ADDRESS: "http://temporal",
    MILLRACE_RETENTION_DAYS: "0",
  });
  for (const name of ["PORT", "DATABASE_URL", "MILLRACE_DEMO", "TEMPORAL_ADDRESS", "MILLRACE_RETENTION_DAYS"])
    expect(problems).toContain(`${name}: `);
});

test("a misspelt setting of ours is refused, those of others are not looked at", () => {
  expect(problemsOf({ MILLRACE_DATADIR: "/x" })).toContain("MILLRACE_DATADIR: no setting has this name");
  expect(problemsOf({ OTEL_SERVICE_NAME: "x", EDITOR: "vi", TEMPORAL_API_KEY: "k" })).toBe("");
});

test("master keys are parsed with the current one first", () => {
  const { encryptionKeys } = parseConfig({ MILLRACE_ENCRYPTION_KEY: `k2:${key(2)}, k1:${key(1)}` }, machine);
  expect(encryptionKeys).toEqual([
    { id: "k2", key: Buffer.alloc(32, 2) },
    { id: "k1", key: Buffer.alloc(32, 1) },
  ]);
});

test.each([
  ["too short", "k1:c2hvcnQ="],
  ["without an id", key(1)],
  ["one id twice", `k1:${key(1)},k1:${key(2)}`],
])("a master key that is %s is refused, and not shown", (_what, value) => {
  const problems = problemsOf({ MILLRACE_ENCRYPTION_KEY: value });
  expect(problems).toContain("MILLRACE_ENCRYPTION_KEY: ");
  expect(problems).not.toContain(value);
});

test("kill points are armed only in a test", () => {
  expect(parseConfig({ MILLRACE_TEST_KILL_DIR: "/k" }, machine).killDir).toBeUndefined();
  expect(parseConfig({ MILLRACE_TEST_KILL_DIR: "/k", MILLRACE_TEST: "1" }, machine).killDir).toBe("/k");
});

test("the number of cells follows memory", () => {
  const cellsOn = (gib: number) => parseConfig({}, { memoryBytes: gib * 2 ** 30 }).sandboxCells;
  expect([0.5, 2, 6, 24].map(cellsOn)).toEqual([2, 4, 12, 16]);
});

test("every TEMPORAL_* is handed on to Temporal's own configuration", () => {
  const config = parseConfig({ TEMPORAL_API_KEY: "k", TEMPORAL_ADDRESS: "t:7233", PATH: "/bin" }, machine);
  expect(config.temporalEnv).toEqual({ TEMPORAL_API_KEY: "k", TEMPORAL_ADDRESS: "t:7233" });
});

test("a process that needs a setting names all that are missing", () => {
  const config = parseConfig({ DATABASE_URL: "postgres://db/m" }, machine);
  expect(requireConfig(config, ["databaseUrl"]).databaseUrl).toBe("postgres://db/m");
  expect(() => requireConfig(config, ["databaseUrl", "publicUrl", "encryptionKeys"])).toThrow(
    "Set MILLRACE_PUBLIC_URL and MILLRACE_ENCRYPTION_KEY",
  );
});

test(".env.example names every setting and no other, with the defaults that hold", () => {
  const lines = readFileSync(new URL("../.env.example", import.meta.url), "utf8").split("\n");
  const pairs = lines.flatMap((line) => {
    const match = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    return match === null
      ? []
      : [{ isComment: match[1] !== undefined, name: match[2] ?? "", value: match[3] ?? "" }];
  });
  expect(pairs.map(({ name }) => name).sort()).toEqual(Object.keys(envSchema.shape).sort());
  const all = Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
  expect(() => parseConfig(all, machine)).not.toThrow();
  const defaults = pairs.filter(({ isComment }) => !isComment).map(({ name, value }) => [name, value]);
  expect(parseConfig(Object.fromEntries(defaults), machine)).toMatchObject({
    ...parseConfig({}, machine),
    temporalEnv: { TEMPORAL_NAMESPACE: "default" },
  });
});

test("the way out for steps' requests is settled by names of its own, not by HTTPS_PROXY", () => {
  const config = parseConfig(
    {
      HTTPS_PROXY: "http://tools.example:3128",
      MILLRACE_CA_FILE: "/etc/ca.pem",
      MILLRACE_EGRESS_PROXY: "http://ada:pw@proxy.example:3128",
      MILLRACE_EGRESS_NO_PROXY: "*.internal.example, 10.0.0.0/8,",
      MILLRACE_EGRESS_PROXY_DNS: "proxy",
    },
    machine,
  );
  expect(config.egress).toEqual({
    caFile: "/etc/ca.pem",
    proxy: {
      url: new URL("http://ada:pw@proxy.example:3128"),
      bypass: ["*.internal.example", "10.0.0.0/8"],
      dns: "proxy",
    },
  });
  expect(parseConfig({ HTTPS_PROXY: "http://tools.example:3128" }, machine).egress).toEqual({
    caFile: undefined,
    proxy: undefined,
  });
});

test("a proxy that cannot be used is refused, without its password", () => {
  const problems = problemsOf({
    MILLRACE_EGRESS_PROXY: "http://ada:pw@proxy.example/path",
    MILLRACE_EGRESS_NO_PROXY: "https://a.example",
    MILLRACE_EGRESS_PROXY_DNS: "remote",
  });
  expect(problems).toContain("MILLRACE_EGRESS_PROXY: must be a URL without a path");
  expect(problems).toContain("MILLRACE_EGRESS_NO_PROXY: invalid value 'https://a.example'");
  expect(problems).toContain("MILLRACE_EGRESS_PROXY_DNS: ");
  expect(problems).not.toContain("pw");
  expect(problemsOf({ MILLRACE_EGRESS_PROXY: "socks5://a:1" })).toContain("http:// or https://");
});
