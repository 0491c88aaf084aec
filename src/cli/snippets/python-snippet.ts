import { type Piece, secretsOf, type SigningRecipe, usesPiece } from "./signing-recipe.ts";
import type { Snippet } from "./sender-snippet.ts";

/** Python 3.8 or later, without packages. */
export function pythonSnippet({ recipe, url, title, body }: Snippet): string {
  const secrets = secretsOf(recipe);
  return [
    `# ${title}`,
    `# Run it: ${secrets.map((name) => `${name}=… `).join("")}python3 send.py`,
    `import ${modulesOf(recipe).join(", ")}`,
    "",
    ...secrets.map((name) => `${name} = os.environ.get("${name}") or sys.exit("${name} is not set")`),
    `url = ${JSON.stringify(url)}`,
    `body = ${JSON.stringify(body)}.encode()`,
    ...(usesPiece(recipe, "time") ? ["now = str(int(time.time()))"] : []),
    ...(usesPiece(recipe, "id") ? ["message_id = str(uuid.uuid4())"] : []),
    ...signingLines(recipe),
    "",
    "headers = {",
    ...recipe.headers.map(({ name, value }) => `    ${JSON.stringify(name)}: ${format(value)},`),
    ...(recipe.needsApiKey ? ['    "Api-Key": API_KEY,'] : []),
    "}",
    'request = urllib.request.Request(url, data=body, headers=headers, method="POST")',
    "try:",
    "    with urllib.request.urlopen(request) as response:",
    "        print(response.status, response.read().decode())",
    "except urllib.error.HTTPError as error:",
    "    print(error.code, error.read().decode())",
    "    sys.exit(1)",
    "",
  ].join("\n");
}

function modulesOf(recipe: SigningRecipe): string[] {
  const { signing } = recipe;
  const isBase64 = signing !== undefined && (signing.encoding !== "hex" || signing.secret === "base64");
  return [
    ...(isBase64 ? ["base64"] : []),
    ...(signing === undefined ? [] : ["hashlib", "hmac"]),
    ...(secretsOf(recipe).length === 0 ? [] : ["os"]),
    "sys",
    ...(usesPiece(recipe, "time") ? ["time"] : []),
    "urllib.error",
    "urllib.request",
    ...(usesPiece(recipe, "id") ? ["uuid"] : []),
  ];
}

const ENCODERS = {
  hex: "digest.hex()",
  base64: "base64.b64encode(digest).decode()",
  base64url: 'base64.urlsafe_b64encode(digest).decode().rstrip("=")',
} as const;

function signingLines({ signing }: SigningRecipe): string[] {
  if (signing === undefined) return [];
  const { algorithm, encoding, secret, lead } = signing;
  const key =
    secret === "text"
      ? "SIGNING_SECRET.encode()"
      : `base64.b64decode(SIGNING_SECRET[6:] if SIGNING_SECRET.startswith("whsec_") else SIGNING_SECRET)`;
  const signed = lead.length === 0 ? "body" : `${format(lead)}.encode() + body`;
  return [
    `digest = hmac.new(${key}, ${signed}, hashlib.${algorithm}).digest()`,
    `signature = ${ENCODERS[encoding]}`,
  ];
}

/** `time` and `id` are Python's own. */
const NAMES = { time: "now", id: "message_id", signature: "signature" } as const;

function format(value: readonly Piece[]): string {
  const [only] = value;
  if (value.length === 1 && only !== undefined)
    return typeof only === "string" ? NAMES[only] : JSON.stringify(only.text);
  return `f"${value.map(write).join("")}"`;
}

/** Inside an f-string: quoted as JSON is, which Python reads too, with its braces doubled. */
function write(piece: Piece): string {
  if (typeof piece === "string") return `{${NAMES[piece]}}`;
  return JSON.stringify(piece.text).slice(1, -1).replaceAll(/[{}]/g, "$&$&");
}
