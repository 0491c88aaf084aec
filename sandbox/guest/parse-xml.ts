import { BodyError } from "./body-error.ts";

/**
 * A small, strict reader of XML 1.0 documents, as plain data. What makes XML dangerous is refused or left alone: a
 * document type may not declare anything, nothing is ever fetched, and no entity but the five of the standard and
 * characters by number is known. Names keep their prefix: namespaces are not resolved.
 */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  /** Its own text, in order; white space between child elements is left out. */
  text: string;
  children: XmlElement[];
}

const DEPTH = 200;
const NAME = /[\p{L}_:][\p{L}\p{N}\p{M}_:.\u00b7-]*/uy;
const ATTRIBUTE = /\s+([\p{L}_:][\p{L}\p{N}\p{M}_:.\u00b7-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy;
const TAG_END = /\s*(\/?)>/y;
const DOCTYPE = /<!DOCTYPE\s+[^[\]<>]*>/y;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));|&/g;
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** @throws BodyError with line and column of the first thing that is wrong */
export function parseXml(source: string): XmlElement {
  return new XmlReader(source.startsWith("\ufeff") ? source.slice(1) : source).read();
}

class XmlReader {
  readonly #text: string;
  #at = 0;
  /** Elements that are open, the innermost last. */
  readonly #open: XmlElement[] = [];
  #root: XmlElement | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) this.#readNext();
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw this.#error(`<${unclosed.name}> is not closed`);
    if (this.#root === undefined) throw this.#error("there is no element");
    return this.#root;
  }

  #readNext(): void {
    if (this.#text[this.#at] !== "<") return this.#readText();
    const next = this.#text[this.#at + 1];
    if (next === "/") return this.#closeElement();
    if (next === "?") return this.#skip("<?", "?>");
    if (next !== "!") return this.#openElement();
    if (this.#text.startsWith("<!--", this.#at)) return this.#skip("<!--", "-->");
    if (this.#text.startsWith("<![CDATA[", this.#at)) return this.#readCdata();
    if (this.#root !== undefined || this.#match(DOCTYPE) === undefined)
      throw this.#error("a document type that declares something is not read");
  }

  #readText(): void {
    const end = this.#endOf("<");
    const text = decodeEntities(this.#text.slice(this.#at, end), (problem) => this.#error(problem));
    this.#addText(text);
    this.#at = end;
  }

  #readCdata(): void {
    const start = this.#at + "<![CDATA[".length;
    this.#skip("<![CDATA[", "]]>");
    this.#addText(this.#text.slice(start, this.#at - "]]>".length), true);
  }

  #addText(text: string, isLiteral = false): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) {
      if (isLiteral || text.trim() !== "" || parent.children.length === 0) parent.text += text;
    } else if (isLiteral || text.trim() !== "")
      throw this.#error("there is text outside of the root element");
  }

  #openElement(): void {
    if (this.#root !== undefined && this.#open.length === 0)
      throw this.#error("there is a second root element");
    if (this.#open.length >= DEPTH) throw this.#error(`elements are nested more than ${DEPTH} deep`);
    this.#at += 1;
    const element: XmlElement = { name: this.#readName(), attributes: {}, text: "", children: [] };
    for (let found = this.#match(ATTRIBUTE); found !== undefined; found = this.#match(ATTRIBUTE))
      this.#addAttribute(element, found);
    const end = this.#match(TAG_END);
    if (end === undefined) throw this.#error(`the tag <${element.name}> is not well-formed`);
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else {
      if (parent.children.length === 0 && parent.text.trim() === "") parent.text = "";
      parent.children.push(element);
    }
    if (end[1] === "") this.#open.push(element);
  }

  #addAttribute({ attributes }: XmlElement, [, name = "", double, single]: RegExpExecArray): void {
    if (Object.hasOwn(attributes, name)) throw this.#error(`the attribute "${name}" is there twice`);
    const value = decodeEntities(double ?? single ?? "", (problem) => this.#error(problem));
    // As data, also where the name is one that every object has.
    Object.defineProperty(attributes, name, { value, enumerable: true, writable: true, configurable: true });
  }

  #closeElement(): void {
    this.#at += 2;
    const name = this.#readName();
    const element = this.#open.pop();
    if (element?.name !== name)
      throw this.#error(
        element === undefined
          ? `</${name}> closes nothing`
          : `<${element.name}> is open where </${name}> stands`,
      );
    if (this.#match(/\s*>/y) === undefined) throw this.#error(`</${name}> is not well-formed`);
  }

  #readName(): string {
    const name = this.#match(NAME)?.[0];
    if (name === undefined) throw this.#error('a "<" begins no tag');
    return name;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #skip(start: string, end: string): void {
    const found = this.#text.indexOf(end, this.#at + start.length);
    if (found < 0) throw this.#error(`"${start}" is not ended by "${end}"`);
    this.#at = found + end.length;
  }

  #endOf(mark: string): number {
    const found = this.#text.indexOf(mark, this.#at);
    return found < 0 ? this.#text.length : found;
  }

  #error(problem: string): BodyError {
    const before = this.#text.slice(0, this.#at).split("\n");
    return new BodyError(
      "xml",
      `${problem} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`,
    );
  }
}

function decodeEntities(text: string, errorOf: (problem: string) => Error): string {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (...groups: (string | undefined)[]) => {
    const [whole = "", decimal, hex, name] = groups;
    if (name !== undefined && Object.hasOwn(ENTITIES, name)) return ENTITIES[name] ?? "";
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    if (code > 0 && code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff))
      return String.fromCodePoint(code);
    throw errorOf(`"${whole.slice(0, 20)}" stands for nothing known`);
  });
}
