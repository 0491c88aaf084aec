import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signatureCheckSchema } from "#contract/api/signature-check.ts";
import { LIMITS } from "#contract/limits.ts";
import { signatureSchema } from "#contract/webhook.ts";
import { explainSignature } from "#intake/explain-signature.ts";

const NOW_MS = 1_700_000_000_000;
const seconds = String(NOW_MS / 1000);
const SECRET = "a secret of the sender";
const BODY = '{"id": 7, "ü": [1, 2]}\n';
const hmac = (key: string | Buffer, signed: string, algorithm = "sha256") =>
  createHmac(algorithm, key).update(signed);

interface Asked {
  scheme: object;
  headers: Record<string, string>;
  body?: string | Buffer;
  secret?: string;
}
const explain = ({ scheme, headers, body = BODY, secret = SECRET }: Asked) =>
  explainSignature(signatureSchema.parse(scheme), {
    headers,
    body: Buffer.from(body),
    secret: Buffer.from(secret),
    nowMs: NOW_MS,
  });

const github = (signed: string, key: string | Buffer = SECRET) =>
  explain({
    scheme: { type: "github" },
    headers: { "x-hub-signature-256": `sha256=${hmac(key, signed).digest("hex")}` },
  });

test("a right signature is verified, beside what was signed", () => {
  const check = github(BODY);
  expect(signatureCheckSchema.parse(check)).toMatchObject({
    verified: true,
    scheme: "github",
    reason: null,
    causes: [],
    header: "X-Hub-Signature-256",
    algorithm: "HMAC-SHA256, hex",
    baseString: BODY,
    baseStringBytes: Buffer.byteLength(BODY),
    baseStringSha256: createHash("sha256").update(BODY).digest("hex"),
  });
});

test("of what is expected only the beginning is told, and of the secret nothing", () => {
  for (const [type, header] of [
    ["github", "x-hub-signature-256"],
    ["shopify", "x-shopify-hmac-sha256"],
  ] as const) {
    const check = explain({ scheme: { type }, headers: { [header]: "sha256=00" } });
    const encoding = type === "github" ? "hex" : "base64";
    const expected = hmac(SECRET, BODY).digest(encoding);
    const text = JSON.stringify(check);
    expect(check.expected).toContain(expected.slice(0, 5));
    expect(text).not.toContain(expected.slice(0, 9));
    expect(text).not.toContain(SECRET);
  }
});

test.each([
  ["without the line end at its end", BODY.trimEnd(), SECRET],
  ["with one more line end", `${BODY}\n`, SECRET],
  ["with Windows line ends", BODY.replace("\n", "\r\n"), SECRET],
  ["an empty body", "", SECRET],
  ["without spaces (JSON.stringify)", JSON.stringify(JSON.parse(BODY)), SECRET],
  ["with two spaces", JSON.stringify(JSON.parse(BODY), null, 2), SECRET],
  ["by Python's json.dumps", '{"id": 7, "\\u00fc": [1, 2]}', SECRET],
  ["with a line end at its end", BODY, `${SECRET}\n`],
  ["decoded from base64", BODY, Buffer.from(SECRET, "base64")],
])("a signature that fits %s is told to", (words, signed, key) => {
  const check = github(signed, key);
  expect(check).toMatchObject({ verified: false, reason: expect.stringContaining("does not fit") });
  expect(check.causes).toEqual([expect.stringContaining(words)]);
});

test("what nothing explains says so, and is told apart by its SHA-256", () => {
  expect(github(BODY, "another").causes).toEqual([expect.stringContaining("another secret, or other bytes")]);
});

test("another encoding, algorithm or beginning is told", () => {
  const scheme = { type: "hmac", algorithm: "sha256", header: "X-Sig", prefix: "v=" };
  const causesOf = (value: string) => explain({ scheme, headers: { "x-sig": value } }).causes;
  expect(causesOf(`v=${hmac(SECRET, BODY).digest("base64")}`)).toEqual([
    expect.stringContaining("written as base64"),
  ]);
  expect(causesOf(`v=${hmac(SECRET, BODY, "sha1").digest("hex")}`)).toEqual([
    expect.stringContaining("signed with sha1"),
  ]);
  const right = hmac(SECRET, BODY).digest("hex");
  for (const value of [right, `sha256=${right}`])
    expect(causesOf(value)).toEqual([expect.stringContaining('must begin with "v="')]);
});

test("a time that is too old is told, also where the signature itself is right", () => {
  const stripe = (time: string, secret = SECRET) =>
    explain({
      scheme: { type: "stripe" },
      headers: { "stripe-signature": `t=${time},v1=${hmac(secret, `${time}.${BODY}`).digest("hex")}` },
    });
  expect(stripe(seconds)).toMatchObject({ verified: true, time: { value: seconds, toleranceMs: 300_000 } });
  const old = stripe(String(Number(seconds) - 3_600));
  expect(old.reason).toContain("3600 s old");
  expect(old.causes).toEqual([
    expect.stringContaining("signed anew"),
    expect.stringContaining("The signature itself is right"),
  ]);
  expect(stripe(String(NOW_MS)).causes[0]).toContain("milliseconds");
  expect(stripe(seconds, "another").causes).toEqual([expect.stringContaining("another secret")]);
});

test("a body signed without its time is told", () => {
  const headers = {
    "x-slack-request-timestamp": seconds,
    "x-slack-signature": `v0=${hmac(SECRET, BODY).digest("hex")}`,
  };
  const check = explain({ scheme: { type: "slack" }, headers });
  expect(check.baseString).toBe(`v0:${seconds}:${BODY}`);
  expect(check.causes).toEqual([expect.stringContaining(`signs "v0:${seconds}:" before it`)]);
});

test("a secret that the sender did not decode is told", () => {
  const secret = `whsec_${Buffer.from("key").toString("base64")}`;
  const headersBy = (key: string | Buffer) => ({
    "webhook-id": "m",
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${hmac(key, `m.${seconds}.${BODY}`).digest("base64")}`,
  });
  const scheme = { type: "standard-webhooks" };
  expect(explain({ scheme, secret, headers: headersBy("key") }).verified).toBe(true);
  expect(explain({ scheme, secret, headers: headersBy(secret) }).causes).toEqual([
    expect.stringContaining("decodes it from base64"),
  ]);
});

test("a missing header is told with what stands in its place", () => {
  const scheme = { type: "github" };
  const check = explain({ scheme, headers: { "x-hub-signature": "sha1=0" } });
  expect(check).toMatchObject({
    reason: "X-Hub-Signature-256 is missing",
    causes: [expect.stringContaining("x-hub-signature")],
    expected: null,
    baseString: null,
  });
  expect(explain({ scheme, headers: {} }).causes[0]).toContain("is the sender given a secret");
});

test("a long body is shown as far as its limit, measured as a whole; one that is no text fits too", () => {
  const body = "x".repeat(LIMITS.signatureBaseBytes + 1);
  const value = `sha256=${hmac(SECRET, body).digest("hex")}`;
  const scheme = { type: "github" };
  const check = explain({ scheme, body, headers: { "x-hub-signature-256": value } });
  expect(check.baseStringBytes).toBe(body.length);
  expect(check.baseString).toBe(`${body.slice(0, -1)}…`);
  const bytes = Buffer.from([0xff, 0xc3, 0x0d, 0x0a]);
  const signature = createHmac("sha256", SECRET).update(bytes.subarray(0, 2)).digest("hex");
  const bare = explain({ scheme, body: bytes, headers: { "x-hub-signature-256": `sha256=${signature}` } });
  expect(bare.causes).toEqual([expect.stringContaining("without the line end")]);
});
