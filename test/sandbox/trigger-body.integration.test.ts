import { expect, test } from "vitest";
import { bundleOfCode, open, outputOf, patience, runOne, step, useSandbox } from "./guest-program.ts";

const sandbox = useSandbox({ maxCells: 2 });

/** Runs an expression of `body` in a cell, given what a sender sent. */
async function report(expression: string, bytes: string | Buffer, contentType = "application/json") {
  const body =
    typeof bytes === "string"
      ? { encoding: "utf8" as const, data: bytes }
      : { encoding: "base64" as const, data: bytes.toString("base64") };
  const trigger = {
    kind: "webhook",
    method: "PUT",
    path: "/a/b",
    query: "x=1&x=2",
    headers: [["Content-Type", contentType]] as [string, string][],
    body,
    receivedAtMs: 0,
  };
  return runOne(sandbox(), `({ trigger }) => { const { body } = trigger; return ${expression}; }`, {
    inputs: { trigger },
  });
}
const read = async (...parameters: Parameters<typeof report>) => outputOf(await report(...parameters));

test("a body is read as JSON, text, form, XML and bytes", async () => {
  expect(await read("body.json()", '\ufeff{"a":1}')).toEqual({ a: 1 });
  expect(await read("body.text()", "é")).toBe("é");
  expect(await read("[...body.bytes()]", "é")).toEqual([0xc3, 0xa9]);
  expect(await read("[...body.bytes()]", "")).toEqual([]);
  expect(await read("body.form().getAll('a')", "a=1&a=2%203", "application/x-www-form-urlencoded")).toEqual([
    "1",
    "2 3",
  ]);
  expect(await read("body.xml().children[0].text", "<a><b>c</b></a>", "text/xml")).toBe("c");
});

test("the request around the body is there as it came", async () => {
  const expression =
    "[trigger.method, trigger.path, trigger.query.getAll('x'), trigger.headers.get('content-type')]";
  expect(await read(expression, "{}")).toEqual(["PUT", "/a/b", ["1", "2"], "application/json"]);
});

test("bytes that are no UTF-8 are read by their charset, or with replacements", async () => {
  const latin1 = Buffer.from([0x63, 0xe9]);
  expect(await read("body.text()", latin1, "text/plain; charset=ISO-8859-1")).toBe("cé");
  expect(await read("body.text()", latin1, "text/plain")).toBe("c\ufffd");
});

test("a form with a file of any bytes is read by its parts", async () => {
  const bytes = Buffer.from([0xff, 0, 0x0d, 0x0a, 0xfe]);
  const body = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="é"\r\n\r\ntext é\r\n'),
    Buffer.from('--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n'),
    bytes,
    Buffer.from("\r\n--b--\r\n"),
  ]);
  const expression =
    "body.multipart().map((p) => [p.name, p.fileName, p.name === 'f' ? [...p.bytes()] : p.text()])";
  expect(await read(expression, body, "multipart/form-data; boundary=b")).toEqual([
    ["é", null, "text é"],
    ["f", "f.bin", [...bytes]],
  ]);
});

test.each([
  ["body.json()", '{"secret": oops}', "it is not JSON"],
  ["body.json()", '{"secret":', "it is cut off"],
  ["body.json()", " ", "it is empty"],
  ["body.form()", "a=1", "its Content-Type is application/json, not application/x-www-form-urlencoded"],
  ["body.multipart()", "a", "not multipart/form-data with a boundary"],
  ["body.xml()", "<secret", "the tag <secret> is not well-formed"],
])("%s of %j fails for good, in words without the body's values", async (expression, body, problem) => {
  const { outcome, error } = await report(expression, body);
  expect(outcome).toBe("threw");
  expect(error).toMatchObject({ name: "BodyError", retryable: false });
  expect(error?.message).toContain(problem);
  expect(error?.message).not.toContain("oops");
});

test("a step that catches the error goes on", async () => {
  const expression =
    "(() => { try { return body.json(); } catch (error) { return [error.name, error.format]; } })()";
  expect(await read(expression, "<html>")).toEqual(["BodyError", "json"]);
});

test("a declared connection without a credential fails where it is used, for good", async () => {
  const bundle = bundleOfCode(`globalThis.__millraceIntegration = {
    definition: { flows: [], connections: { crm: {} } },
    functions: { flow: { only: ({ connections }) => connections.crm.fetch("https://crm.example/") } },
  };`);
  const session = open(sandbox(), bundle);
  const { outcome, error } = await session.runStep(step("only"), patience());
  session.close();
  expect(outcome).toBe("threw");
  expect(error).toMatchObject({ name: "FatalError", retryable: false });
  expect(error?.message).toContain('Connection "crm" has no credential in this instance');
});
