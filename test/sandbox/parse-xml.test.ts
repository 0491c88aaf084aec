import { expect, test } from "vitest";
import { parseXml } from "#sandbox/guest/parse-xml.ts";

test("a document is its root element as plain data", () => {
  const source = `\ufeff<?xml version="1.0"?><!-- an order -->
<o:order xmlns:o="urn:o" id='7&amp;8'>
  <line sku="A&#x41;"/>
  <note>5 &lt; 6 <![CDATA[<raw> & ]]>&#233;</note>
</o:order>
`;
  expect(parseXml(source)).toEqual({
    name: "o:order",
    attributes: { "xmlns:o": "urn:o", id: "7&8" },
    text: "",
    children: [
      { name: "line", attributes: { sku: "AA" }, text: "", children: [] },
      { name: "note", attributes: {}, text: "5 < 6 <raw> & é", children: [] },
    ],
  });
});

test("a document type that declares nothing is passed over", () => {
  expect(parseXml('<!DOCTYPE cXML SYSTEM "http://xml.example/cXML.dtd"><cXML/>').name).toBe("cXML");
});

test("names that every object has are attributes like others", () => {
  const { attributes } = parseXml('<a __proto__="x" constructor="y"/>');
  expect(Object.entries(attributes)).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

test.each([
  ["", "there is no element (line 1, column 1)"],
  ["{}", "text outside of the root element"],
  ["<a>\n<b>\n</a>", "<b> is open where </a> stands (line 3"],
  ["<a>", "<a> is not closed"],
  ["</a>", "</a> closes nothing"],
  ["<a/><b/>", "a second root element"],
  ["<a b=1/>", "the tag <a> is not well-formed"],
  ['<a b="1" b="2"/>', 'the attribute "b" is there twice'],
  ["<a>&nbsp;</a>", '"&nbsp;" stands for nothing known'],
  ["<a>&#xD800;</a>", "stands for nothing known"],
  ["<a>1 & 2</a>", '"&" stands for nothing known'],
  ["<a><!-- </a>", '"<!--" is not ended'],
  ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a document type that declares something is not read"],
  ["<a>".repeat(201), "nested more than 200 deep"],
])("%j is refused with its place", (source, problem) => {
  expect(() => parseXml(source)).toThrow(expect.objectContaining({ name: "BodyError", format: "xml" }));
  expect(() => parseXml(source)).toThrow(problem);
});

test("five megabytes of text are read in a moment", () => {
  const source = `<a>${"<b c='d'>text</b>".repeat(50_000)}</a>`;
  expect(parseXml(source).children).toHaveLength(50_000);
});
