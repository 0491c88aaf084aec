import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";
import { waitFor } from "../support/wait-for.ts";

let api: TestApi;
let push: { id: string; webhookUrl: string };
let ping: { id: string };
beforeAll(async () => {
  api = await startTestApi();
  const { flows } = await deployExample(api.call);
  push = flows.find(({ key }: { key: string }) => key === "push");
  ping = flows.find(({ key }: { key: string }) => key === "ping");
});
afterAll(() => api.stop());

const SECRET = "the sender's secret";
const BODY = '{"n":1}';
const verify = (body: object) => api.call("POST", `/flows/${push.id}/verify-signature`, body);
const headersFor = (signed: string) => ({
  "X-Hub-Signature-256": `sha256=${createHmac("sha256", SECRET).update(signed).digest("hex")}`,
});

test("a flow without its secret is told so, as its senders are", async () => {
  const asked = { headers: headersFor(BODY), body: BODY };
  expect(await expectOk(verify(asked))).toMatchObject({
    verified: false,
    reason: expect.stringContaining("no signing secret"),
    expected: null,
  });
});

test("the answer is the endpoint's own, and nothing is stored by it", async () => {
  await expectOk(api.call("PUT", `/flows/${push.id}/signing-secret`, { secret: SECRET }));
  const base64 = Buffer.from(BODY).toString("base64");
  const right = await expectOk(verify({ headers: headersFor(BODY), body: base64, encoding: "base64" }));
  expect(right).toMatchObject({ verified: true, reason: null, baseString: BODY });
  const wrong = await expectOk(verify({ headers: headersFor(`${BODY}\n`), body: BODY }));
  expect(wrong).toMatchObject({ verified: false, causes: [expect.stringContaining("one more line end")] });

  const url = push.webhookUrl.replace("http://api.test", api.url);
  const sent = await fetch(url, { method: "POST", headers: headersFor(`${BODY}\n`), body: BODY });
  expect(await sent.json()).toMatchObject({ detail: expect.stringContaining(wrong.reason) });
  expect((await fetch(url, { method: "POST", headers: headersFor(BODY), body: BODY })).status).toBe(202);
  // Refusals are written together, a moment later.
  await waitFor(
    async () => (await expectOk(api.call("GET", `/flows/${push.id}/requests`))).items.length === 2,
    { what: "the two requests are on record, and no other" },
  );
});

test("neither the secret nor a whole signature is answered", async () => {
  const expected = createHmac("sha256", SECRET).update("forged").digest("hex");
  const { body } = await verify({ headers: { "x-hub-signature-256": "sha256=0" }, body: "forged" });
  expect(body.expected).toContain(expected.slice(0, 8));
  expect(JSON.stringify(body)).not.toContain(expected.slice(0, 9));
  expect(JSON.stringify(body)).not.toContain(SECRET);
});

test("a flow that checks none is no place to ask", async () => {
  const refused = await api.call("POST", `/flows/${ping.id}/verify-signature`, {});
  expect(refused).toMatchObject({ status: 409, body: { code: "request/conflict" } });
  expect(refused.body.detail).toContain("names no scheme");
});

test("what is no time or no text is named", async () => {
  expect(await verify({ receivedAt: "yesterday" })).toMatchObject({
    status: 400,
    body: { field: "/receivedAt" },
  });
  expect(await verify({ headers: { a: 1 } })).toMatchObject({ status: 400, body: { field: "/headers/a" } });
});
