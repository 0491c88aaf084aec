import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import packageJson from "../../package.json" with { type: "json" };

/** The release that this is. */
const RELEASE: string = packageJson.version;
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What a new project's package.json names as `millrace`: the release that is running, or, in a checkout, a package that is
 * made of it now.
 */
export async function defaultPackageSpec(): Promise<string> {
  const script = join(CHECKOUT, "scripts/package.mjs");
  if (!existsSync(script)) return `^${RELEASE}`;
  await promisify(execFile)(process.execPath, [script], { cwd: CHECKOUT });
  return `file:${join(CHECKOUT, "dist", `millrace-${RELEASE}.tgz`)}`;
}

/** The files of a new integration's project, by path: it runs, is tested and can be published as it is. */
export function projectFiles(key: string, packageSpec: string): Record<string, string> {
  return {
    "package.json": `${JSON.stringify(packageOf(key, packageSpec), null, 2)}\n`,
    "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
    ".gitignore": "node_modules/\n",
    "README.md": readmeOf(key),
    "integration.ts": integrationOf(key),
    "integration.test.ts": TEST,
    "order.json": `${JSON.stringify({ id: 1001, total: 42.5, customer: "Ada" }, null, 2)}\n`,
  };
}

function packageOf(key: string, packageSpec: string): object {
  return {
    name: key,
    private: true,
    type: "module",
    scripts: {
      test: "vitest run",
      check: "tsc",
      dev: "millrace dev integration.ts --flow order --payload order.json --config greeting=Hello",
      publish: "millrace publish integration.ts",
    },
    devDependencies: { millrace: packageSpec, typescript: "^7.0.2", vitest: "^5.1.1" },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "esnext",
    lib: ["esnext", "webworker"],
    module: "nodenext",
    types: [],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

function integrationOf(key: string): string {
  return `import { config, defineIntegration, FatalError, webhook } from "millrace";

export default defineIntegration({
  key: "${key}",
  name: "${key}",
  config: {
    greeting: config.string({ label: "Greeting", default: "Hello" }),
  },
  // Steps may reach what is named here, and nothing else: permissions: { net: ["api.example.com"] },
}).flow("order", { trigger: webhook({ dedupe: { jsonPath: "id" } }), retry: { maxAttempts: 3 } }, (flow) =>
  flow
    .step("parse", ({ trigger }) => parseOrder(trigger.body.json()))
    .step("greet", ({ steps, config, log }) => {
      log.info("order", steps.parse.id);
      return { text: \`\${config.greeting}, \${steps.parse.customer}!\` };
    }),
);

interface Order {
  id: number;
  customer: string;
}

function parseOrder(body: unknown): Order {
  const { id, customer } = Object(body) as Record<string, unknown>;
  if (typeof id !== "number" || typeof customer !== "string")
    throw new FatalError("This is no order: it needs a number id and a text customer");
  return { id, customer };
}
`;
}

/** A list, so that nobody who looks for this file's own imports finds them. */
const TEST_IMPORTS = [
  'import { testFlow } from "millrace/testing";',
  'import { expect, test } from "vitest";',
  'import integration from "./integration.ts";',
];

const TEST = `${TEST_IMPORTS.join("\n")}

test("an order is greeted by its customer's name", async () => {
  const result = await testFlow(integration, "order", { payload: { id: 7, customer: "Ada" } });
  expect(result.output).toEqual({ text: "Hello, Ada!" });
});

test("what is no order ends the execution at once", async () => {
  const result = await testFlow(integration, "order", { payload: { id: "7" } });
  expect(result.error).toMatchObject({ code: "step/fatal", step: "parse" });
});
`;

function readmeOf(key: string): string {
  return `# ${key}

An integration for Millrace.

| command | does |
|---|---|
| \`npm test\` | runs the flow in memory |
| \`npm run check\` | checks types |
| \`npm run dev\` | runs \`order.json\` at each change of a file, without a server |
| \`npm run publish\` | publishes the next version; \`millrace login\` first |
`;
}
