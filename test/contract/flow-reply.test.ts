import { expect, test } from "vitest";
import { findReplyProblem, readReply } from "#contract/flow-reply.ts";

const made = { status: 201, headers: { "x-shop": "acme" }, body: "done" };

test("a reply is answered as it was made", () => {
  expect(readReply(made)).toEqual(made);
});

test.each([
  { what: "another value", output: { status: "open" } },
  { what: "a reply with a field more", output: { ...made, extra: 1 } },
  { what: "a status that cannot be answered", output: { ...made, status: 101 } },
  { what: "a header of the connection", output: { ...made, headers: { "Transfer-Encoding": "chunked" } } },
  { what: "a header in two lines", output: { ...made, headers: { "x-a": "b\r\nset-cookie: c" } } },
  { what: "nothing", output: null },
])("$what is answered as JSON", ({ output }) => {
  expect(readReply(output)).toEqual({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(output),
  });
});

test.each(["Set-Cookie", "content-length", "Proxy-Authenticate", "Access-Control-Allow-Origin"])(
  "%s is the server's own",
  (name) => {
    expect(findReplyProblem({ ...made, headers: { [name]: "x" } })).toContain("the server's own");
  },
);
