import { InvalidArgumentError } from "commander";

/** `Name: value` as curl takes it, or `name=value`; several times. A later one of the same name counts. */
export function collectHeaders(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=|: *)(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("It must be 'Name: value' or name=value.");
  return { ...earlier, [name]: value };
}
