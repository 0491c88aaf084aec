import { expect, test } from "vitest";
import { boundaryOf, findParts } from "#sandbox/guest/parse-multipart.ts";

const read = (text: string) =>
  findParts(text, "b").map(({ start, end, ...part }) => ({ ...part, content: text.slice(start, end) }));
const part = (headers: string, content: string) => `--b\r\n${headers}\r\n\r\n${content}\r\n`;

test("parts have name, file name, type and content", () => {
  const text = `preamble\r\n${part('Content-Disposition: form-data; name="title"', "two\r\nlines")}${part(
    'content-disposition: form-data; name=photo; filename="a %22b\\".png"\r\nContent-Type: image/png',
    "",
  )}--b--\r\nepilogue`;
  expect(read(text)).toEqual([
    { name: "title", contentType: "text/plain", content: "two\r\nlines" },
    { name: "photo", fileName: 'a "b".png', contentType: "image/png", content: "" },
  ]);
});

test("what FormData writes is read", async () => {
  const form = new FormData();
  form.append("a", "1 & é");
  form.append("file", new Blob(["x\r\n--y"], { type: "text/csv" }), 'na"me.csv');
  const request = new Request("http://localhost", { method: "POST", body: form });
  const text = await request.clone().text();
  const boundary = boundaryOf(request.headers.get("content-type") ?? "") ?? "";
  const parts = findParts(text, boundary);
  expect(parts.map(({ name, fileName, contentType }) => [name, fileName, contentType])).toEqual([
    ["a", undefined, "text/plain"],
    ["file", 'na"me.csv', "text/csv"],
  ]);
  expect(parts.map(({ start, end }) => text.slice(start, end))).toEqual(["1 & é", "x\r\n--y"]);
});

test.each([
  ['multipart/form-data; boundary="a b"', "a b"],
  ["Multipart/Form-Data;charset=utf-8; Boundary=xyz", "xyz"],
  ["multipart/form-data", undefined],
  ["multipart/mixed; boundary=x", undefined],
  ["text/plain", undefined],
])("the boundary of %j is %j", (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});

test.each([
  ["nothing", "the boundary that its Content-Type names is not there"],
  ["--b\r\nContent-Disposition: form-data; name=a", "part 1 is cut off"],
  ["--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx", "part 1 is cut off"],
  [`${part("Content-Type: text/plain", "x")}--b--`, "part 1 has no name"],
  ["--b", "part 1 is cut off"],
])("%j is refused", (text, problem) => {
  expect(() => read(text)).toThrow(`The body cannot be read as multipart: ${problem}`);
});
