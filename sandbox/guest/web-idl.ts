/** The habits of Web IDL: what every class and function of the platform does alike. */
type AnyClass = (abstract new (...args: never[]) => object) & { readonly name: string };

export function asUsvString(value: unknown): string {
  return `${value as string}`.toWellFormed(); // a symbol throws, as it must
}

export function asByteString(value: unknown): string {
  const text = `${value as string}`; // as above
  for (let at = 0; at < text.length; at += 1)
    if (text.charCodeAt(at) > 255)
      throw new TypeError(`The character at ${at} of "${text.slice(0, 50)}" is not of Latin-1`);
  return text;
}

export function requireArguments(given: number, needed: number): void {
  if (given < needed) throw new TypeError(`${needed} arguments are needed, ${given} were given`);
}

/** A dictionary, or nothing: what is neither is refused. */
export function asDictionary<D extends object>(value: D | null | undefined): Partial<D> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" && typeof value !== "function")
    throw new TypeError("The options are not an object");
  return value;
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

const platformPrototypes = new WeakSet<object>();

/** An instance of one of the platform's classes, or of an author's that extends one. */
export function isPlatformObject(value: object): boolean {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null)
    if (platformPrototypes.has(at)) return true;
  return false;
}

/** Names a class for `Object.prototype.toString` and shows its members to `for … in`, as the platform does. */
export function finishInterface(Class: AnyClass, name: string): void {
  Object.defineProperty(Class, "name", { value: name, configurable: true });
  const prototype = Class.prototype as object; // of any class
  for (const [target, skip] of [
    [prototype, "constructor"],
    [Class, "prototype"],
  ] as const)
    for (const key of Object.getOwnPropertyNames(target)) {
      const descriptor = Object.getOwnPropertyDescriptor(target, key);
      if (key === skip || key === "name" || key === "length" || descriptor?.configurable !== true) continue;
      Object.defineProperty(target, key, { ...descriptor, enumerable: true });
    }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  platformPrototypes.add(prototype);
}

/** Numbers of an interface, on the class and on its prototype. */
export function defineConstants(Class: AnyClass, constants: Record<string, number>): void {
  for (const target of [Class, Class.prototype as object])
    for (const [name, value] of Object.entries(constants))
      Object.defineProperty(target, name, { value, enumerable: true });
}
