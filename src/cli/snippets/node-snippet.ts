import { type Piece, secretsOf, type SigningRecipe, usesPiece } from "./signing-recipe.ts";
import type { Snippet } from "./sender-snippet.ts";

/** Node 18 or later, without packages. */
export function nodeSnippet({ recipe, url, title, body }: Snippet): string {
  const secrets = secretsOf(recipe);
  return [
    `// ${title}`,
    `// Run it: ${secrets.map((name) => `${name}=… `).join("")}node send.mjs`,
    ...importLines(recipe),
    ...(secrets.length === 0 ? [] : [`const { ${secrets.join(", ")} } = env;`]),
    ...secrets.map((name) => `if (!${name}) throw new Error("${name} is not set");`),
    "",
    `const url = ${JSON.stringify(url)};`,
    `const body = ${JSON.stringify(body)};`,
    ...(usesPiece(recipe, "time") ? ["const time = String(Math.floor(Date.now() / 1000));"] : []),
    ...(usesPiece(recipe, "id") ? ["const id = randomUUID();"] : []),
    ...signingLines(recipe),
    "",
    "const headers = {",
    ...recipe.headers.map(({ name, value }) => `  ${JSON.stringify(name)}: ${template(value)},`),
    ...(recipe.needsApiKey ? ['  "Api-Key": API_KEY,'] : []),
    "};",
    'const response = await fetch(url, { method: "POST", headers, body });',
    "console.log(response.status, await response.text());",
    "if (!response.ok) process.exitCode = 1;",
    "",
  ].join("\n");
}

function importLines(recipe: SigningRecipe): string[] {
  const crypto = [
    ...(recipe.signing === undefined ? [] : ["createHmac"]),
    ...(usesPiece(recipe, "id") ? ["randomUUID"] : []),
  ];
  return [
    ...(crypto.length === 0 ? [] : [`import { ${crypto.join(", ")} } from "node:crypto";`]),
    ...(secretsOf(recipe).length === 0 ? [] : ['import { env } from "node:process";']),
    "",
  ];
}

function signingLines({ signing }: SigningRecipe): string[] {
  if (signing === undefined) return [];
  const { algorithm, encoding, secret, lead } = signing;
  const key =
    secret === "text" ? "SIGNING_SECRET" : 'Buffer.from(SIGNING_SECRET.replace(/^whsec_/, ""), "base64")';
  const signed = lead.length === 0 ? "body" : "`" + lead.map(write).join("") + "${body}`";
  return [`const signature = createHmac("${algorithm}", ${key}).update(${signed}).digest("${encoding}");`];
}

function template(value: readonly Piece[]): string {
  const [only] = value;
  if (value.length === 1 && only !== undefined)
    return typeof only === "string" ? only : JSON.stringify(only.text);
  return "`" + value.map(write).join("") + "`";
}

/** Inside a template literal. */
function write(piece: Piece): string {
  return typeof piece === "string" ? `\${${piece}}` : piece.text.replaceAll(/[`$\\]/g, "\\$&");
}
