import { blobBytes, File, isBlob } from "./blob.ts";
import { defineIterable } from "./pair-iterable.ts";
import { asUsvString, finishInterface, requireArguments } from "./web-idl.ts";

export type FormEntry = [name: string, value: string | File];

export let entriesOf: (form: FormData) => readonly FormEntry[];
export let isFormData: (value: unknown) => value is FormData;

export class FormData {
  #entries: FormEntry[] = [];

  constructor(form: unknown = undefined) {
    if (form !== undefined) throw new TypeError("There are no form elements here");
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    requireArguments(arguments.length, 2);
    this.#entries.push([asUsvString(name), valueOf(value, filename)]);
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1);
    const key = asUsvString(name);
    this.#entries = this.#entries.filter(([existing]) => existing !== key);
  }

  get(name: unknown): string | File | null {
    requireArguments(arguments.length, 1);
    const key = asUsvString(name);
    return this.#entries.find(([existing]) => existing === key)?.[1] ?? null;
  }

  getAll(name: unknown): (string | File)[] {
    requireArguments(arguments.length, 1);
    const key = asUsvString(name);
    return this.#entries.filter(([existing]) => existing === key).map(([, value]) => value);
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1);
    const key = asUsvString(name);
    return this.#entries.some(([existing]) => existing === key);
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    requireArguments(arguments.length, 2);
    const entry: FormEntry = [asUsvString(name), valueOf(value, filename)];
    const first = this.#entries.findIndex(([existing]) => existing === entry[0]);
    if (first < 0) this.#entries.push(entry);
    else
      this.#entries = this.#entries
        .filter(([existing], at) => at <= first || existing !== entry[0])
        .with(first, entry);
  }

  static {
    entriesOf = (form) => form.#entries;
    isFormData = (value): value is FormData =>
      typeof value === "object" && value !== null && #entries in value;
    finishInterface(FormData, "FormData");
    defineIterable(FormData, "FormData", (form) => form.#entries);
  }
}

/** A blob becomes a file; a file given another name becomes another file. */
function valueOf(value: unknown, filename: unknown): string | File {
  if (!isBlob(value)) {
    if (filename !== undefined) throw new TypeError("A value with a file's name is a Blob");
    return asUsvString(value);
  }
  const isFile = value instanceof File;
  if (isFile && filename === undefined) return value;
  const name = filename === undefined ? "blob" : asUsvString(filename);
  const options = { type: value.type, ...(isFile ? { lastModified: value.lastModified } : {}) };
  return new File([blobBytes(value)], name, options);
}
