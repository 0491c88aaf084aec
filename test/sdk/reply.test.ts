import { expect, test } from "vitest";
import { reply } from "#sdk/index.ts";

test("a reply has a content type of its kind, unless the author gives another", () => {
  expect(reply.json({ a: 1 })).toEqual({
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  expect(reply.text("<r/>", { status: 202, headers: { "Content-Type": "application/xml" } })).toEqual({
    status: 202,
    headers: { "content-type": "application/xml" },
    body: "<r/>",
  });
});

test("what cannot be sent is refused where it is made", () => {
  expect(() => reply.text("x", { status: 99 })).toThrow("status 99 is none that can be answered");
  expect(() => reply.json(1, { headers: { "Set-Cookie": "a=b" } })).toThrow("set-cookie is the server's own");
});
