import { expectTypeOf, test } from "vitest";
import {
  type ConfigContext,
  type ConfigValue,
  type Connection,
  config,
  connection,
  cron,
  defineIntegration,
  every,
  type Serialized,
  webhook,
} from "millrace";

const trigger = webhook();

test("config values have the types of their declarations", () => {
  defineIntegration({
    key: "x",
    name: "X",
    config: {
      branch: config.string({ label: "Branch" }),
      least: config.number({ label: "At least", default: 1 }),
      loud: config.boolean({ label: "Loud", required: false }),
      quiet: config.boolean({ label: "Quiet", required: false, default: true }),
      size: config.picklist({ label: "Size", options: ["small", "large"] }),
      from: config.date({ label: "From", required: false, default: "2026-01-01" }),
      map: config.code({ label: "Map", language: "xml", visibleTo: "organization", page: "Mapping" }),
      tags: config.list({ label: "Tags", required: false, default: ["a"] }),
      sizes: config.list({ label: "Sizes", items: "number", required: false }),
      headers: config.keyValueList({ label: "Headers" }),
      when: config.schedule({ label: "When", required: false }),
    },
  }).flow("push", { trigger }, (flow) =>
    flow.step("s", ({ config }) => {
      expectTypeOf(config.branch).toEqualTypeOf<string>();
      expectTypeOf(config.least).toEqualTypeOf<number>();
      expectTypeOf(config.loud).toEqualTypeOf<boolean | undefined>();
      expectTypeOf(config.quiet).toEqualTypeOf<boolean>();
      expectTypeOf(config.size).toEqualTypeOf<"small" | "large">();
      expectTypeOf(config.from).toEqualTypeOf<string>();
      expectTypeOf(config.map).toEqualTypeOf<string>();
      expectTypeOf(config.tags).toEqualTypeOf<readonly string[]>();
      expectTypeOf(config.sizes).toEqualTypeOf<readonly number[] | undefined>();
      expectTypeOf(config.headers).toEqualTypeOf<
        readonly { readonly key: string; readonly value: string }[]
      >();
      expectTypeOf(config.when).toEqualTypeOf<string | undefined>();
      // @ts-expect-error no such variable
      return config.missing;
    }),
  );
});

test("functions of config variables know what they are given", () => {
  defineIntegration({
    key: "x",
    name: "X",
    config: {
      region: config.picklist({
        label: "Region",
        options: ["eu", "us"],
        check: (value) => value === "eu" || "no",
      }),
      project: config.picklist({
        label: "Project",
        required: false,
        options: async ({ config, fetch }: ConfigContext<{ region?: "eu" | "us" }>) => {
          expectTypeOf(config.region).toEqualTypeOf<"eu" | "us" | undefined>();
          return [(await fetch("https://a.example")).statusText, { value: "a", label: "A" }];
        },
      }),
      least: config.number({
        label: "Least",
        check: (value, { config }) => {
          expectTypeOf(value).toEqualTypeOf<number>();
          expectTypeOf(config["region"]).toEqualTypeOf<ConfigValue | undefined>();
          return value > 0 || "must be above 0";
        },
      }),
      tags: config.list({ label: "Tags", check: async (value) => value.length > 0 || "needs one" }),
    },
  }).flow("push", { trigger }, (flow) =>
    flow.step("s", ({ config }) => {
      expectTypeOf(config.region).toEqualTypeOf<"eu" | "us">();
      expectTypeOf(config.project).toEqualTypeOf<string | undefined>();
      expectTypeOf(config.least).toEqualTypeOf<number>();
    }),
  );
  // @ts-expect-error a check says true or what is wrong
  config.string({ label: "S", check: () => false });
  // @ts-expect-error a choice has a value
  config.picklist({ label: "P", options: () => [{ label: "A" }] });
});

test("an integration without config has no config to read", () => {
  defineIntegration({ key: "x", name: "X" }).flow("push", { trigger }, (flow) =>
    // @ts-expect-error no such variable
    flow.step("s", ({ config }) => config.branch),
  );
});

test("outputs of earlier steps are typed in later ones, and later ones are not there yet", () => {
  defineIntegration({ key: "x", name: "X" }).flow("push", { trigger }, (flow) =>
    flow
      .step("parse", async () => ({ at: new Date(), commits: [1, 2] }))
      .step("nothing", () => {})
      .step("check", { timeoutMs: 1_000 }, ({ steps }) => {
        expectTypeOf(steps.parse).toEqualTypeOf<{ at: string; commits: number[] }>();
        expectTypeOf(steps.nothing).toEqualTypeOf<null>();
        // @ts-expect-error a step does not see its own output
        void steps.check;
        return true;
      })
      .step("last", ({ steps }) => expectTypeOf(steps.check).toEqualTypeOf<boolean>()),
  );
});

test("declared connections are what a step may use", () => {
  const account = connection.basic({ label: "Account", hosts: ["crm.example"] });
  defineIntegration({ key: "x", name: "X", connections: { account } }).flow("push", { trigger }, (flow) =>
    flow.step("s", ({ connections }) => {
      expectTypeOf(connections.account).toEqualTypeOf<Connection>();
      // @ts-expect-error no such connection
      void connections.ledger;
    }),
  );
});

test("a step's key is taken once", () => {
  defineIntegration({ key: "x", name: "X" }).flow("push", { trigger }, (flow) => {
    const first = flow.step("parse", () => 1);
    expectTypeOf<
      Parameters<typeof first.step<"parse", number>>[0]
    >().toEqualTypeOf<'Step "parse" is defined already in this flow'>();
    return first;
  });
});

test("triggers and connections ask for what they need", () => {
  // @ts-expect-error a person is asked at authorizeUrl
  connection.oauth2({ label: "A", hosts: ["a.example"], tokenUrl: "https://a.example/token" });
  connection.oauth2({
    label: "A",
    hosts: ["a.example"],
    tokenUrl: "https://a.example/token",
    grant: "client-credentials",
  });
  // @ts-expect-error hosts are needed: the secret is sent nowhere else
  connection.apiKey({ label: "A" });
  // @ts-expect-error an interval has a unit
  every({ seconds: 5 });
  // @ts-expect-error not a policy
  cron("* * * * *", { overlap: "sometimes" });
  // @ts-expect-error a status is a number
  webhook({ response: { status: "200" } });
  // @ts-expect-error hmac says which algorithm and header
  webhook({ signature: { type: "hmac" } });
});

test("a misspelt option is an error", () => {
  // @ts-expect-error not a scheme
  webhook({ signature: "gitlab" });
  // @ts-expect-error a label is needed
  config.string({});
  // @ts-expect-error a default has the variable's type
  config.number({ label: "N", default: "1" });
  // @ts-expect-error nobody of that name
  config.text({ label: "T", visibleTo: "nobody" });
  // @ts-expect-error files are never open to a step
  defineIntegration({ key: "x", name: "X", permissions: { read: true } });
});

test("a step's output is what is left of it after JSON", () => {
  expectTypeOf<Serialized<Date>>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<undefined>>().toEqualTypeOf<null>();
  expectTypeOf<Serialized<(string | undefined)[]>>().toEqualTypeOf<(string | null)[]>();
  expectTypeOf<Serialized<[1, Date]>>().toEqualTypeOf<[1, string]>();
  expectTypeOf<Serialized<{ a?: Date; b: () => void; c: { d: null } }>>().toEqualTypeOf<{
    a?: string | undefined;
    c: { d: null };
  }>();
  expectTypeOf<Serialized<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<Serialized<"a" | 1>>().toEqualTypeOf<"a" | 1>();
});
