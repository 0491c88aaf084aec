import { type Piece, secretsOf, type SigningRecipe, usesPiece } from "./signing-recipe.ts";
import type { Snippet } from "./sender-snippet.ts";

/** Bytes that a digest takes at once: the length that HMAC fills its key up to. */
const BLOCK_BYTES = { sha1: 64, sha256: 64, sha512: 128 } as const;
const HEX = "od -An -v -tx1 | tr -d ' \\n'";
const ENCODERS = {
  hex: HEX,
  base64: "openssl base64 -A",
  base64url: "openssl base64 -A | tr '+/' '-_' | tr -d '='",
} as const;

/** bash, curl and openssl; secrets pass by the shell's own printf and by pipes, so no list of processes shows them. */
export function curlSnippet(snippet: Snippet): string {
  const { recipe, url, title, body } = snippet;
  return [
    "#!/usr/bin/env bash",
    `# ${title}`,
    `# Run it: ${secretsOf(recipe)
      .map((name) => `${name}=… `)
      .join("")}bash send.sh`,
    "set -euo pipefail",
    ...secretsOf(recipe).map((name) => `: "\${${name}:?is not set}"`),
    "",
    `url=${quote(url)}`,
    `body=${quote(body)}`,
    ...(usesPiece(recipe, "time") ? ["time=$(date +%s)"] : []),
    ...(usesPiece(recipe, "id") ? [`id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')`] : []),
    ...signingLines(recipe),
    "",
    ...callLines(recipe),
    "",
  ].join("\n");
}

function signingLines({ signing }: SigningRecipe): string[] {
  if (signing === undefined) return [];
  const { algorithm, encoding, secret, lead } = signing;
  const block = BLOCK_BYTES[algorithm];
  const secretBytes =
    secret === "text"
      ? 'printf %s "$SIGNING_SECRET"'
      : 'printf %s "${SIGNING_SECRET#whsec_}" | openssl base64 -d -A';
  return [
    "",
    "# HMAC of standard input (RFC 2104). openssl -hmac would do it alone, and show the secret in the list of processes.",
    `secret_bytes() { ${secretBytes}; }`,
    `digest() { openssl dgst -${algorithm} -binary; }`,
    "hmac() {",
    "  local key inner='' outer='' byte pad i",
    `  key=$(secret_bytes | ${HEX})`,
    `  if (( \${#key} > ${block * 2} )); then key=$(secret_bytes | digest | ${HEX}); fi`,
    `  for (( i = 0; i < ${block}; i++ )); do`,
    "    byte=${key:$((2 * i)):2}",
    "    printf -v pad '\\\\x%02x' $(( 0x${byte:-00} ^ 0x36 )); inner+=$pad",
    "    printf -v pad '\\\\x%02x' $(( 0x${byte:-00} ^ 0x5c )); outer+=$pad",
    "  done",
    `  { printf %b "$outer"; { printf %b "$inner"; cat; } | digest; } | digest`,
    "}",
    `signature=$(printf %s "${lead.map(write).join("")}\${body}" | hmac | ${ENCODERS[encoding]})`,
  ];
}

function callLines({ headers, needsApiKey }: SigningRecipe): string[] {
  const options = [
    ...headers.map(({ name, value }) => `--header "${write({ text: name })}: ${value.map(write).join("")}"`),
    ...(needsApiKey ? [`--header @<(printf 'Api-Key: %s' "$API_KEY")`] : []),
    "--data-binary @-",
  ];
  return [
    `printf %s "$body" | curl --silent --show-error --fail-with-body --request POST "$url" \\`,
    ...options.map((option, index) => `  ${option}${index === options.length - 1 ? "" : " \\"}`),
  ];
}

/** Inside double quotes. */
function write(piece: Piece): string {
  return typeof piece === "string" ? `\${${piece}}` : piece.text.replaceAll(/["$`\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
