/** The platform's named errors, with the codes that old code asks for. */
const CODES: Record<string, number> = {
  InvalidCharacterError: 5,
  NotSupportedError: 9,
  SyntaxError: 12,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
  DataCloneError: 25,
};

export class DOMException extends Error {
  readonly code: number;

  constructor(message = "", name = "Error") {
    super(message);
    Object.defineProperty(this, "name", { value: name, configurable: true });
    this.code = CODES[name] ?? 0;
  }
}

/** An access that the manifest does not grant; named as Deno names it. */
export class NotCapable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotCapable";
  }
}
