import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { readDefinition } from "#local/read-definition.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Reads an integration given as the lines between its import and its end. */
async function read(lines: string[]) {
  const file = join(tempDir(), "shop.ts");
  const source = [
    'import { config, connection, cron, defineIntegration, webhook } from "millrace";',
    "export default defineIntegration({",
    ...lines,
  ];
  await writeFile(file, source.join("\n"));
  return readDefinition(await bundleIntegration(file));
}

const HEAD = ['  key: "shop", name: "Shop",', "})"];
const flow = (trigger: string, steps = 'flow.step("s", () => 1)') => [
  '  .flow("order", {',
  `    trigger: ${trigger},`,
  "  }, (flow) =>",
  `    ${steps});`,
];

test("a definition is read as the server reads it", async () => {
  const { definition, placeOf } = await read([...HEAD, ...flow("webhook()")]);
  expect(definition.flows.map(({ key }) => key)).toEqual(["order"]);
  expect(placeOf("flows[0].trigger")).toBe("shop.ts:6:14");
  expect(placeOf("flows[0].steps[0]")).toBe("shop.ts:8:10");
});

test.each([
  [
    "an unknown permission",
    [
      '  key: "shop", name: "Shop",',
      "  permissions: {",
      '    nett: ["a.example"],',
      "  },",
      "})",
      ...flow("webhook()"),
    ],
    /shop\.ts:4:3: permissions: .*nett/,
  ],
  [
    "a rule that cannot be read",
    [
      '  key: "shop", name: "Shop",',
      "  permissions: {",
      '    net: ["https://a.example"],',
      "  },",
      "})",
      ...flow("webhook()"),
    ],
    /shop\.ts:5:5: permissions\.net/,
  ],
  [
    "a trigger without what it needs",
    [...HEAD, ...flow("webhook({ dedupe: {} })")],
    /shop\.ts:6:24: flows\[0\]\.trigger\.dedupe: names no key/,
  ],
  [
    "a schedule that never is",
    [...HEAD, ...flow('cron("61 * * * *")')],
    /shop\.ts:6:14: flows\[0\]\.trigger\.timetable\.cron: has a minute "61"/,
  ],
  [
    "a host that no permission allows",
    [
      '  key: "shop", name: "Shop",',
      "  connections: {",
      '    crm: connection.basic({ label: "CRM", hosts: ["crm.example"] }),',
      "  },",
      "})",
      ...flow("webhook()"),
    ],
    /shop\.ts:5:43: connections\.crm\.hosts\[0\]: "crm\.example" is not allowed/,
  ],
  [
    "a step defined twice",
    [...HEAD, ...flow("webhook()", 'flow.step("s", () => 1)\n      .step("s", () => 2)')],
    /shop\.ts:9:8: TypeError: Step "s" is defined twice in flow "order"/,
  ],
  [
    "a flow defined twice",
    [...HEAD, ...flow("webhook()").join("\n").replace(/;$/, "").split("\n"), ...flow("webhook()")],
    /shop\.ts:9:4: TypeError: Flow "order" is defined twice/,
  ],
  [
    "a name that depends on chance",
    ['  key: "shop",', "  name: `Shop ${Math.random()}`,", "})", ...flow("webhook()")],
    /shop\.ts:4:3: name: differs between two evaluations/,
  ],
  [
    "what the file throws",
    ['  key: "shop", name: "Shop", config: null.x,', "})", ...flow("webhook()")],
    /shop\.ts:3:43: TypeError: Cannot read properties of null/,
  ],
])("%s is refused with its place", async (_name, lines, message) => {
  const failure = read(lines);
  await expect(failure).rejects.toMatchObject({ code: "request/definition-refused" });
  await expect(failure).rejects.toThrow(message);
});
