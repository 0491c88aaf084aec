/** Replaces secrets in text that leaves the engine's hands: logs, outputs, errors, previews. */
export type Scrub = (text: string) => string;

export const REDACTED = "[redacted]";

/** Shorter ones would blank out ordinary words; credentials of that length are refused where they are set. */
const MIN_SECRET_CHARACTERS = 4;
const MIN_FORM_CHARACTERS = 6;

/**
 * Finds each secret as it is and in the codings in which it usually travels: percent-encoding and JSON escapes, of
 * all or some of its characters; base64 and base64url, also inside a longer encoded text as in HTTP Basic; hex.
 * A hostile author together with a host that echoes in a coding of its own gets past this.
 */
export function createScrubber(secrets: readonly string[]): Scrub {
  const usable = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS);
  if (usable.length === 0) return (text) => text;
  // The longest first: a secret may begin with another.
  const longestFirst = usable.toSorted((a, b) => b.length - a.length);
  const patterns = [
    ...longestFirst.map((secret) => Array.from(secret, spellings).join("")),
    ...longestFirst.flatMap(codings).map((form) => RegExp.escape(form)),
  ];
  const pattern = new RegExp([...new Set(patterns)].join("|"), "g");
  return (text) => text.replace(pattern, REDACTED);
}

const JSON_ESCAPES: Record<string, string> = { "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t" };

/** A pattern for one character as it is, percent-encoded, or escaped as in JSON. */
function spellings(character: string): string {
  const plain = RegExp.escape(character);
  const percent = [...Buffer.from(character)].map((byte) => `%${hexPattern(byte, 2)}`).join("");
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const unicode = units.map((unit) => String.raw`\\u${hexPattern(unit, 4)}`).join("");
  const short = JSON_ESCAPES[character] ?? ('"\\/'.includes(character) ? plain : undefined);
  const space = character === " " ? String.raw`|\+` : "";
  return `(?:${plain}|${percent}|${unicode}${short === undefined ? "" : `|\\\\${short}`}${space})`;
}

/** Hex digits of a number in either case of letters. */
function hexPattern(value: number, digits: number): string {
  const hex = value.toString(16).padStart(digits, "0");
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** The forms that are not character by character. */
function codings(secret: string): string[] {
  const hex = Buffer.from(secret).toString("hex");
  return [...base64Forms(secret), hex, hex.toUpperCase()].filter(
    (form) => form.length >= MIN_FORM_CHARACTERS,
  );
}

/**
 * Base64 of the bytes at each of the three places that they can have in a longer text, without the characters
 * at the ends that also depend on the neighbours.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = offset === 0 ? 0 : offset + 1;
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const inner = encoded.slice(first, last);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
