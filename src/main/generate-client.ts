/** `npm run generate`: writes what is made from the API's description. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { clientTypes } from "#api/client-types.ts";
import { describeApi } from "#api/describe-api.ts";

const file = fileURLToPath(new URL("../cli/api-schema.ts", import.meta.url));
await writeFile(file, clientTypes(describeApi()));
console.log(`wrote ${file}`);
