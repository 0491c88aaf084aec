import type { IncomingHttpHeaders } from "node:http";
import type { SignatureAlgorithm, SignedParts } from "./signed-parts.ts";
import { checkTime, fitsBody, type SignedRequest } from "./verify-signature.ts";

/** Something else that the given signature may fit, and what to do where it does. */
interface Variant {
  says: string;
  parts?: Partial<SignedParts>;
  body?: Buffer;
}

const ALGORITHMS: readonly SignatureAlgorithm[] = ["sha256", "sha1", "sha512"];
const UNEXPLAINED =
  "None of the usual slips explains it: the sender signs with another secret, or other bytes than these; let it compare the SHA-256 of what it signs";

/** What often goes wrong, tried out: each sentence is of something that the given signature does fit. */
export function findCauses(parts: SignedParts, request: SignedRequest): string[] {
  const late = parts.time === undefined ? [] : findTimeCauses(parts, request);
  if (fitsBody(parts, request.body))
    return [...late, "The signature itself is right: its time alone is refused"];
  const variants = [
    ...spellings(parts),
    ...bodies(request.body),
    ...leads(parts),
    ...keys(parts, request.secret),
  ];
  const fitting = variants
    .filter((variant) => fitsBody({ ...parts, ...variant.parts }, variant.body ?? request.body))
    .map(({ says }) => says);
  return [...late, ...(fitting.length === 0 ? [UNEXPLAINED] : fitting)];
}

/** Where a header is missing: what the request has in its place. */
export function findHeaderCauses(headers: IncomingHttpHeaders, problem: string): string[] {
  if (!problem.endsWith("is missing")) return [];
  const alike = Object.keys(headers).filter((name) => /sign|hmac|digest/i.test(name));
  if (alike.length === 0)
    return ["The request has no header that looks like a signature: is the sender given a secret?"];
  return [
    `The request has ${alike.join(", ")}: the sender signs by another scheme than the flow's trigger names`,
  ];
}

function findTimeCauses({ time }: SignedParts, { nowMs }: SignedRequest): string[] {
  if (time === undefined || checkTime(time, nowMs) === undefined) return [];
  if (/^\d{13}$/.test(time.text ?? ""))
    return ["The time has 13 digits, milliseconds: the sender is to sign whole seconds"];
  if (/^\d{1,12}$/.test(time.text ?? ""))
    return [
      "A request that was kept and sent again must be signed anew; to check one of the past say when it arrived (receivedAt)",
    ];
  return ["The time must be seconds since 1970 in digits alone"];
}

function spellings({ value, prefix, encoding, algorithm, candidates }: SignedParts): Variant[] {
  const bare = value.replace(/^[a-z0-9]+[=,]/i, "");
  // Both alphabets of base64 are read alike.
  const other = encoding === "hex" ? "base64" : "hex";
  const rule = prefix === "" ? "nothing may stand before it" : `it must begin with "${prefix}"`;
  return [
    ...(candidates.includes(bare)
      ? []
      : [{ says: `It is right but for its beginning: ${rule}`, parts: { candidates: [bare] } }]),
    {
      says: `It is right, but written as ${other}: this scheme has ${encoding}`,
      parts: { encoding: other },
    },
    ...ALGORITHMS.filter((other) => other !== algorithm).map((other) => ({
      says: `It is signed with ${other}: this scheme has ${algorithm}`,
      parts: { algorithm: other },
    })),
  ];
}

function bodies(body: Buffer): Variant[] {
  const text = body.toString("latin1"); // each byte a character, so that nothing is lost on the way back
  const bytes = (changed: string) => Buffer.from(changed, "latin1");
  const variants: Variant[] = [
    {
      says: "It fits this body without the line end at its end: the sender signs before it adds one (an editor or echo does)",
      body: bytes(text.replace(/\r?\n$/, "")),
    },
    {
      says: "It fits this body with one more line end: what was signed ended in one that this body lacks",
      body: bytes(`${text}\n`),
    },
    {
      says: "It fits this body with Unix line ends: something on the way, or the file, has Windows' ones",
      body: bytes(text.replaceAll("\r\n", "\n")),
    },
    {
      says: "It fits this body with Windows line ends: something on the way, or the file, has Unix ones",
      body: bytes(text.replaceAll(/\r?\n/g, "\r\n")),
    },
    { says: "It fits an empty body: the sender signs before the body is there", body: Buffer.alloc(0) },
    ...reprints(body),
  ];
  return variants.filter((variant) => variant.body?.equals(body) === false);
}

/** The same JSON as the usual printers write it. */
function reprints(body: Buffer): Variant[] {
  const says = (how: string) =>
    `It fits the same JSON printed ${how}: the sender is to sign the very bytes that it sends`;
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    const compact = JSON.stringify(parsed);
    const python = JSON.stringify(parsed, null, 1)
      .replaceAll(/,\n */g, ", ")
      .replaceAll(/\n */g, "")
      .replaceAll(/[^\0-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return [
      { says: says("without spaces (JSON.stringify)"), body: Buffer.from(compact) },
      { says: says("with two spaces"), body: Buffer.from(JSON.stringify(parsed, null, 2)) },
      { says: says("by Python's json.dumps"), body: Buffer.from(python) },
    ];
  } catch {
    return []; // no JSON: nothing to print again
  }
}

function leads({ lead }: SignedParts): Variant[] {
  if (lead === "") return [];
  return [
    {
      says: `It fits the body alone: this scheme signs ${JSON.stringify(lead)} before it`,
      parts: { lead: "" },
    },
  ];
}

/** The secret as it is often misread; a secret of another kind than text is told from its text. */
function keys({ key }: SignedParts, secret: Buffer): Variant[] {
  const text = secret.toString("utf8");
  const bare = text.replace(/^whsec_/, "");
  const misread: [says: string, key: Buffer][] = [
    ["as the text that was set: this scheme decodes it from base64; let the sender do so", Buffer.from(text)],
    [
      "without the white space around it; set the secret again as the sender has it",
      Buffer.from(text.trim()),
    ],
    ["with a line end at its end: the sender's own copy has one too many", Buffer.from(`${text}\n`)],
    ["as its text without whsec_: let the sender use it as its scheme says", Buffer.from(bare)],
    ["decoded from base64: this scheme takes it as text; let the sender do so", Buffer.from(bare, "base64")],
    ["decoded from hex: this scheme takes it as text; let the sender do so", Buffer.from(text, "hex")],
  ];
  const known = [key];
  return misread.flatMap(([says, other]): Variant[] => {
    if (other.length === 0 || known.some((one) => one.equals(other))) return [];
    known.push(other);
    return [{ says: `It fits the secret ${says}`, parts: { key: other } }];
  });
}
