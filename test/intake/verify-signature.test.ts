import { createHmac } from "node:crypto";
import { sign } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signatureSchema, type SignatureConfig } from "#contract/webhook.ts";
import { verifySignature } from "#intake/verify-signature.ts";

const NOW_MS = 1_700_000_000_000;
const seconds = String(NOW_MS / 1000);
const hmac = (secret: string | Buffer, ...parts: (string | Buffer)[]) =>
  parts.reduce((mac, part) => mac.update(part), createHmac("sha256", secret)).digest();

interface Case {
  config: SignatureConfig;
  secret?: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  nowMs?: number;
}
const verify = ({ config, secret = "secret", headers, body = "{}", nowMs = NOW_MS }: Case) =>
  verifySignature(config, { headers, body: Buffer.from(body), secret: Buffer.from(secret), nowMs });

test("GitHub's published example verifies", () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  const headers = {
    "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  };
  const known = { config: { type: "github" } as const, secret: "It's a Secret to Everybody", headers };
  expect(verify({ ...known, body: "Hello, World!" })).toBeUndefined();
  expect(verify({ ...known, body: "Hello, World?" })).toContain("does not fit");
  expect(verify({ ...known, secret: "another", body: "Hello, World!" })).toContain("does not fit");
});

test("what @octokit/webhooks-methods signs verifies", async () => {
  for (const body of ['{"a":1}', "ünïcödé 🎉", "x".repeat(100_000)]) {
    const headers = { "x-hub-signature-256": await sign("s3", body) };
    expect(verify({ config: { type: "github" }, secret: "s3", headers, body })).toBeUndefined();
  }
});

test("Slack's published example verifies, and is too old an hour later", () => {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const known = {
    config: signatureSchema.parse({ type: "slack" }),
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body,
  };
  expect(verify({ ...known, nowMs: 1_531_420_618_000 })).toBeUndefined();
  expect(verify({ ...known, nowMs: 1_531_424_218_000 })).toContain("3600 s old");
  expect(verify({ ...known, body: `${body} `, nowMs: 1_531_420_618_000 })).toContain("does not fit");
});

test("Standard Webhooks' published example verifies", () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const known = {
    config: { type: "standard-webhooks" } as const,
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    nowMs: 1_614_265_330_000,
  };
  expect(verify(known)).toBeUndefined();
  expect(verify({ ...known, nowMs: known.nowMs + 301_000 })).toContain("301 s old");
  expect(verify({ ...known, nowMs: known.nowMs - 301_000 })).toContain("301 s ahead");
});

test("what standardwebhooks signs verifies, among other signatures too", () => {
  const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  const body = '{"ü":1}';
  const signature = new Webhook(secret).sign("msg_1", new Date(NOW_MS), body);
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": seconds };
  const verifyWith = (value: string) =>
    verify({
      config: { type: "standard-webhooks" },
      secret,
      body,
      headers: { ...headers, "webhook-signature": value },
    });
  expect(verifyWith(signature)).toBeUndefined();
  expect(verifyWith(`v1a,abc v1,AAAA ${signature}`)).toBeUndefined();
  expect(verifyWith(signature.replace("v1,", "v2,"))).toContain("does not fit");
});

test("Stripe's scheme verifies with any of several v1, and ignores v0", () => {
  // https://docs.stripe.com/webhooks/signature: "t=…,v1=…", signed as "<t>.<body>" with the whole whsec_ text
  const config = signatureSchema.parse({ type: "stripe" });
  const right = hmac("whsec_x", `${seconds}.{}`).toString("hex");
  const wrong = "0".repeat(64);
  const verifyWith = (value: string) =>
    verify({ config, secret: "whsec_x", headers: { "stripe-signature": value } });
  expect(verifyWith(`t=${seconds},v1=${right}`)).toBeUndefined();
  expect(verifyWith(`t=${seconds}, v1=${wrong}, v1=${right}`)).toBeUndefined();
  expect(verifyWith(`t=${seconds},v0=${right}`)).toContain("does not fit");
  expect(verifyWith(`t=${Number(seconds) - 301},v1=${right}`)).toContain("301 s old");
  expect(verifyWith(`v1=${right}`)).toContain("missing or not in seconds");
});

test("Shopify's scheme verifies", () => {
  // https://shopify.dev/docs/apps/build/webhooks/verify-deliveries: base64 of HMAC-SHA256 with the client secret
  const headers = { "x-shopify-hmac-sha256": hmac("secret", "{}").toString("base64") };
  expect(verify({ config: { type: "shopify" }, headers })).toBeUndefined();
  expect(verify({ config: { type: "shopify" }, headers, body: "{ }" })).toContain("does not fit");
});

test.each(["sha1", "sha256", "sha512"] as const)(
  "the generic scheme verifies RFC 4231-style vectors of %s",
  (algorithm) => {
    // RFC 2202 case 2 and RFC 4231 test case 2: key "Jefe", data "what do ya want for nothing?"
    const vectors = {
      sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
      sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      sha512:
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    };
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      const config = signatureSchema.parse({
        type: "hmac",
        algorithm,
        header: "X-Sig",
        encoding,
        prefix: "v=",
      });
      const value = Buffer.from(vectors[algorithm], "hex").toString(encoding);
      const given = { config, secret: "Jefe", body: "what do ya want for nothing?" };
      expect(verify({ ...given, headers: { "x-sig": `v=${value}` } })).toBeUndefined();
      expect(verify({ ...given, headers: { "x-sig": value } })).toContain("does not fit");
      expect(verify({ ...given, headers: {} })).toBe("X-Sig is missing");
    }
  },
);

test("the generic scheme signs the time too where it is configured", () => {
  const config = signatureSchema.parse({
    type: "hmac",
    algorithm: "sha256",
    header: "X-Sig",
    timestamp: { header: "X-Time", separator: ":", toleranceMs: 1_000 },
  });
  const sig = hmac("secret", `${seconds}:`, "{}").toString("hex");
  expect(verify({ config, headers: { "x-sig": sig, "x-time": seconds } })).toBeUndefined();
  expect(verify({ config, headers: { "x-sig": sig } })).toBe("X-Time is missing");
  expect(verify({ config, headers: { "x-sig": sig, "x-time": seconds }, nowMs: NOW_MS + 1_001 })).toContain(
    "old",
  );
});

test("bytes that are no text are verified as they are", () => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0xc3]);
  const headers = { "x-hub-signature-256": `sha256=${hmac("secret", body).toString("hex")}` };
  expect(verify({ config: { type: "github" }, headers, body })).toBeUndefined();
  // The same once decoded as text and encoded again: another body.
  expect(verify({ config: { type: "github" }, headers, body: body.toString("utf8") })).toContain(
    "does not fit",
  );
});

test.each([
  { type: "github" },
  { type: "stripe" },
  { type: "slack" },
  { type: "shopify" },
  { type: "standard-webhooks" },
  { type: "hmac", algorithm: "sha256", header: "X-Sig" },
])("$type refuses what is missing, empty, cut short or of another kind", (input) => {
  const config = signatureSchema.parse(input);
  const names = ["x-hub-signature-256", "stripe-signature", "x-slack-signature", "x-shopify-hmac-sha256"];
  const all = [...names, "webhook-signature", "x-sig"];
  for (const value of ["", "sha256=", "v0=", "v1,", "=", ",", "t=,v1=", "a".repeat(64), "☃"]) {
    const headers = Object.fromEntries(all.map((name) => [name, value]));
    const times = { "x-slack-request-timestamp": seconds, "webhook-id": "m", "webhook-timestamp": seconds };
    expect(verify({ config, headers: { ...headers, ...times } }), value).toBeTypeOf("string");
  }
  expect(verify({ config, headers: {} })).toContain("missing");
});

test("a time in another spelling is refused: what is signed has one", () => {
  const config = signatureSchema.parse({ type: "slack" });
  for (const time of [`+${seconds}`, ` ${seconds}`, `${seconds}.0`, "1e9", "NaN", ""]) {
    const signature = `v0=${hmac("secret", `v0:${time}:`, "{}").toString("hex")}`;
    const headers = { "x-slack-request-timestamp": time, "x-slack-signature": signature };
    expect(verify({ config, headers }), time).toBeTypeOf("string");
  }
});
