import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EgressFetch } from "#contract/egress.ts";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { open, outputOf, patience, step, useSandbox } from "../sandbox/guest-program.ts";

/** Inside of the checkout, so that packages are found as an author's project finds its own. */
const CACHE = join(import.meta.dirname, "../../.cache");
let folder: string;
beforeAll(async () => {
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, "packages-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Answers each request with what it was asked, as JSON. */
const echo: EgressFetch = ({ url, method, headers, body }) => {
  const text = Buffer.from(body ?? []).toString();
  const seen = { url, method, body: text, headers: Object.fromEntries(headers) };
  const answer = url.includes("graphql") ? { data: { seen } } : { id: "x", object: "seen", seen };
  return Promise.resolve({
    status: 200,
    statusText: "OK",
    headers: [["content-type", "application/json"]],
    body: Buffer.from(JSON.stringify(answer)),
    url,
    redirected: false,
  });
};
const sandbox = useSandbox({ maxCells: 2, fetch: echo });

let lastFile = 0;
async function sourceOf(imports: string, program: string): Promise<string> {
  lastFile += 1;
  const file = join(folder, `integration-${lastFile}.ts`);
  const source = `// @ts-nocheck
import { defineIntegration, webhook } from "millrace";
${imports}
export default defineIntegration({ key: "packages", name: "Packages" })
  .flow("flow", { trigger: webhook() }, (flow) => flow.step("only", ${program}));
`;
  await writeFile(file, source);
  return file;
}

/** Bundles the program with what it imports and runs it as a step in a real cell. */
async function run(imports: string, program: string): Promise<unknown> {
  const { code, sourceMap } = await bundleIntegration(await sourceOf(imports, program));
  const sha256 = createHash("sha256").update(code).digest("hex");
  const session = open(
    sandbox(),
    { sha256, load: () => Promise.resolve({ code, sourceMap }) },
    { permissions: { net: { allow: ["api.example"], deny: [] } } },
  );
  try {
    return outputOf(await session.runStep(step("only"), patience()));
  } finally {
    session.close();
  }
}

interface Row {
  name: string;
  imports: string;
  program: string;
  output: unknown;
}

const ROWS: Row[] = [
  {
    name: "zod",
    imports: `import { z } from "zod";`,
    program: `() => { const s = z.object({ n: z.number(), at: z.iso.date() }); return [s.parse({ n: 1, at: "2026-01-02" }), s.safeParse({ n: "1" }).success]; }`,
    output: [{ n: 1, at: "2026-01-02" }, false],
  },
  {
    name: "date-fns",
    imports: `import { addDays, formatISO } from "date-fns";`,
    program: `() => formatISO(addDays(new Date(2026, 0, 31), 1), { representation: "date" })`,
    output: "2026-02-01",
  },
  {
    name: "lodash-es",
    imports: `import { groupBy, debounce, merge } from "lodash-es";`,
    program: `() => [groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")), typeof debounce, merge({ a: { b: 1 } }, { a: { c: 2 } })]`,
    output: [{ odd: [1, 3], even: [2] }, "function", { a: { b: 1, c: 2 } }],
  },
  {
    name: "jose",
    imports: `import { SignJWT, jwtVerify, generateKeyPair } from "jose";`,
    program: `async () => { const key = new TextEncoder().encode("0123456789abcdef0123456789abcdef"); const token = await new SignJWT({ sub: "a" }).setProtectedHeader({ alg: "HS256" }).sign(key);
      const pair = await generateKeyPair("ES256"); const other = await new SignJWT({ sub: "b" }).setProtectedHeader({ alg: "ES256" }).sign(pair.privateKey);
      return [(await jwtVerify(token, key)).payload.sub, (await jwtVerify(other, pair.publicKey)).payload.sub]; }`,
    output: ["a", "b"],
  },
  {
    name: "nanoid",
    imports: `import { nanoid } from "nanoid";`,
    program: `() => [nanoid().length, nanoid() === nanoid()]`,
    output: [21, false],
  },
  {
    name: "uuid",
    imports: `import { v4, v5, v7, validate } from "uuid";`,
    program: `() => [validate(v4()), validate(v7()), v5("millrace", v5.DNS)]`,
    output: [true, true, expect.stringMatching(/^[0-9a-f-]{36}$/)],
  },
  {
    name: "fast-xml-parser",
    imports: `import { XMLParser, XMLBuilder } from "fast-xml-parser";`,
    program: `() => [new XMLParser().parse("<a><b>1</b></a>"), new XMLBuilder().build({ a: { b: 2 } })]`,
    output: [{ a: { b: 1 } }, "<a><b>2</b></a>"],
  },
  {
    name: "papaparse",
    imports: `import Papa from "papaparse";`,
    program: `() => [Papa.parse("a,b\\n1,2", { header: true }).data, Papa.unparse([{ a: 1 }])]`,
    output: [[{ a: "1", b: "2" }], "a\r\n1"],
  },
  {
    name: "mustache",
    imports: `import Mustache from "mustache";`,
    program: `() => Mustache.render("Hello {{name}}", { name: "<you>" })`,
    output: "Hello &lt;you&gt;",
  },
  {
    name: "handlebars",
    imports: `import Handlebars from "handlebars";`,
    program: `() => Handlebars.compile("{{#each list}}{{this}};{{/each}}")({ list: [1, 2] })`,
    output: "1;2;",
  },
  {
    name: "ajv",
    imports: `import { Ajv } from "ajv";`,
    program: `() => { const check = new Ajv().compile({ type: "object", required: ["a"] }); return [check({ a: 1 }), check({})]; }`,
    output: [true, false],
  },
  {
    name: "yaml",
    imports: `import { parse, stringify } from "yaml";`,
    program: `() => [parse("a: [1, 2]"), stringify({ b: true })]`,
    output: [{ a: [1, 2] }, "b: true\n"],
  },
  {
    name: "luxon",
    imports: `import { DateTime } from "luxon";`,
    program: `() => DateTime.fromISO("2026-03-29T00:30", { zone: "Europe/Berlin" }).plus({ hours: 2 }).toISO()`,
    output: "2026-03-29T03:30:00.000+02:00",
  },
  {
    name: "openapi-fetch",
    imports: `import createClient from "openapi-fetch";`,
    program: `async () => { const { data } = await createClient({ baseUrl: "https://api.example" }).POST("/things/{id}", { params: { path: { id: 7 }, query: { q: "a b" } }, body: { n: 1 } }); return [data.seen.url, data.seen.method, data.seen.body]; }`,
    output: ["https://api.example/things/7?q=a%20b", "POST", '{"n":1}'],
  },
  {
    name: "ky",
    imports: `import ky from "ky";`,
    program: `async () => { const { seen } = await ky.post("https://api.example/x", { json: { n: 1 }, searchParams: { p: 2 } }).json(); return [seen.url, seen.body, seen.headers["content-type"]]; }`,
    output: ["https://api.example/x?p=2", '{"n":1}', "application/json"],
  },
  {
    name: "graphql-request",
    imports: `import { GraphQLClient, gql } from "graphql-request";`,
    program: `async () => { const { seen } = await new GraphQLClient("https://api.example/graphql").request(gql\`query Q($n: Int) { seen(n: $n) }\`, { n: 1 }); return [seen.method, JSON.parse(seen.body).variables]; }`,
    output: ["POST", { n: 1 }],
  },
  {
    name: "@octokit/core",
    imports: `import { Octokit } from "@octokit/core";`,
    program: `async () => { const octokit = new Octokit({ baseUrl: "https://api.example", auth: "t" }); const { data } = await octokit.request("GET /repos/{owner}/{repo}", { owner: "o", repo: "r" }); return [data.seen.url, data.seen.headers.authorization]; }`,
    output: ["https://api.example/repos/o/r", "token t"],
  },
  {
    name: "stripe",
    imports: `import Stripe from "stripe";`,
    program: `async () => { const stripe = new Stripe("sk_test_1", { httpClient: Stripe.createFetchHttpClient(), host: "api.example" }); const { seen } = await stripe.customers.create({ email: "a@b.example" }); return [seen.url, seen.body, seen.headers.authorization]; }`,
    output: ["https://api.example/v1/customers", "email=a%40b.example", "Bearer sk_test_1"],
  },
];

test.each(ROWS)("the package $name runs in a step", async ({ imports, program, output }) => {
  expect(await run(imports, program)).toEqual(output);
});

const BUILT_INS: Row[] = [
  {
    name: "node:buffer",
    imports: `import { Buffer } from "node:buffer";`,
    program: `() => [Buffer.from("é€").toString("base64"), Buffer.from("c3VyZQ==", "base64").toString(), Buffer.concat([Buffer.from([1]), Buffer.from("0aff", "hex")]).readUInt16BE(1)]`,
    output: ["w6nigqw=", "sure", 0x0aff],
  },
  {
    name: "node:events",
    imports: `import { EventEmitter, once } from "node:events";`,
    program: `async () => { const emitter = new EventEmitter(); const seen = once(emitter, "x"); emitter.emit("x", 1); return [await seen, emitter.listenerCount("x")]; }`,
    output: [[1], 0],
  },
  {
    name: "util",
    imports: `import { format, promisify, inherits } from "util";`,
    program: `async () => [format("%s is %d", "a", 1), await promisify((n, done) => done(null, n + 1))(1), typeof inherits]`,
    output: ["a is 1", 2, "function"],
  },
  {
    name: "path",
    imports: `import path from "path";`,
    program: `() => [path.join("/a", "../b", "c.txt"), path.basename("/a/b.json", ".json"), path.extname("x.ts")]`,
    output: ["/b/c.txt", "b", ".ts"],
  },
  {
    name: "querystring",
    imports: `import querystring from "querystring";`,
    program: `() => [querystring.parse("a=1&a=2&b=%20"), querystring.stringify({ a: [1, 2] })]`,
    output: [{ a: ["1", "2"], b: " " }, "a=1&a=2"],
  },
  {
    name: "node:url",
    imports: `import { URL, parse, format } from "node:url";`,
    program: `() => [new URL("https://a.example/x").pathname, parse("https://a.example:1/x?y=1").port, format({ protocol: "https", host: "b.example", pathname: "/z" })]`,
    output: ["/x", "1", "https://b.example/z"],
  },
  {
    name: "node:assert",
    imports: `import assert from "node:assert";`,
    program: `() => { assert.deepStrictEqual({ a: [1] }, { a: [1] }); try { assert.equal(1, 2); } catch (error) { return error.code; } }`,
    output: "ERR_ASSERTION",
  },
  {
    name: "string_decoder",
    imports: `import { StringDecoder } from "string_decoder"; import { Buffer } from "buffer";`,
    program: `() => { const decoder = new StringDecoder("utf8"); return [decoder.write(Buffer.from([0xe2, 0x82])), decoder.end(Buffer.from([0xac]))]; }`,
    output: ["", "€"],
  },
  {
    name: "node:crypto",
    imports: `import { randomBytes, randomInt, randomUUID, timingSafeEqual, webcrypto } from "node:crypto";`,
    program: `async () => [randomBytes(16).length, randomInt(3) < 3, randomUUID().length, timingSafeEqual(new Uint8Array([1]), new Uint8Array([1])), (await webcrypto.subtle.digest("SHA-256", new Uint8Array())).byteLength]`,
    output: [16, true, 36, true, 32],
  },
];

describe("Node's built-ins that are pure computation", () => {
  test.each(BUILT_INS)("$name runs in a step", async ({ imports, program, output }) => {
    expect(await run(imports, program)).toEqual(output);
  });

  test.each(["node:fs", "net", "node:child_process", "worker_threads", "node:vm", "http"])(
    "%s is refused with the import's place",
    async (name) => {
      const file = await sourceOf(`import * as refused from "${name}";`, "() => refused");
      await expect(bundleIntegration(file)).rejects.toThrow(
        new RegExp(`integration-\\d+\\.ts:3:26: "node:${name.replace("node:", "")}" does not exist`),
      );
    },
  );

  test("what WebCrypto has no equal of is refused by its name", async () => {
    const file = await sourceOf(`import { createHash } from "node:crypto";`, "() => createHash");
    await expect(bundleIntegration(file)).rejects.toThrow(/No matching export .* for import "createHash"/);
  });
});
