/** An access that the manifest does not grant; named as Deno names it. */
export class NotCapable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotCapable";
  }
}
