/**
 * A body that is not what a step read it as. The SDK's class of this name recognises it by its name. The message never
 * holds the body's own text: it goes to logs and histories.
 */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly format: "json" | "form" | "multipart" | "xml";

  constructor(format: BodyError["format"], problem: string) {
    super(`The body cannot be read as ${format}: ${problem}`);
    this.format = format;
  }
}
