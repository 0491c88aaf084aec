import { expect, test } from "vitest";
import { answerMeta, answerSlack } from "#intake/handshake.ts";

const query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock";

test("Meta's documented request is answered with its challenge", () => {
  // https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
  expect(answerMeta({ method: "GET", query }, Buffer.from("meatyhamhock"))).toMatchObject({
    body: "1158201444",
  });
});

test("another token, or none set, is refused", () => {
  const refused = { code: "request/unauthenticated" };
  expect(() => answerMeta({ method: "GET", query }, Buffer.from("other"))).toThrow(
    expect.objectContaining(refused),
  );
  expect(() => answerMeta({ method: "GET", query }, undefined)).toThrow(expect.objectContaining(refused));
});

test("events of Meta and Slack are no handshakes", () => {
  expect(answerMeta({ method: "POST", query }, undefined)).toBeUndefined();
  expect(answerMeta({ method: "GET", query: "page=2" }, undefined)).toBeUndefined();
  for (const body of [
    '{"type":"event_callback"}',
    "url_verification",
    "null",
    '{"type":"url_verification"}',
  ]) {
    expect(answerSlack(Buffer.from(body)), body).toBeUndefined();
  }
});

test("Slack's documented request is answered with its challenge", () => {
  // https://docs.slack.dev/reference/events/url_verification
  const body = JSON.stringify({
    token: "Jhj5dZrVaK7ZwHHjRyZWjbDl",
    challenge: "3eZbrw1aBm2",
    type: "url_verification",
  });
  expect(answerSlack(Buffer.from(body))).toMatchObject({ body: "3eZbrw1aBm2" });
});
