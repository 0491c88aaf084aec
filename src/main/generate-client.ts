/** `npm run generate`: writes what is made from the API's description, and from the command line's own. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { clientTypes } from "#api/client-types.ts";
import { describeApi } from "#api/describe-api.ts";
import { describeProgram } from "#cli/create-program.ts";
import { cliReference } from "#cli/reference.ts";

const made = [
  ["../cli/api-schema.ts", clientTypes(describeApi())],
  ["../../docs/cli.md", cliReference(describeProgram())],
] as const;
for (const [path, text] of made) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  await writeFile(file, text);
  console.log(`wrote ${file}`);
}
