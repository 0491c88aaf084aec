import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Bundle } from "#contract/sandbox.ts";

/** A bundle of the size that integrations have in practice: zod with its languages, an API client, YAML; not shaken. */
export async function realBundle(): Promise<{ bundle: Bundle; kilobytes: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as zod from "zod"; import * as yaml from "yaml"; import createClient from "openapi-fetch";
        const order = zod.z.object({ id: zod.z.string(), lines: zod.z.array(zod.z.object({ sku: zod.z.string(), n: zod.z.number() })) });
        const client = createClient({ baseUrl: "https://api.example" });
        const step = () => order.parse({ id: "1", lines: [{ sku: "a", n: 1 }] });
        globalThis.__millraceIntegration = { definition: { flows: [] }, kept: { zod, yaml, client }, functions: { flow: { a: step, b: step, c: step } } };`,
      resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2024",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";
  const sha256 = createHash("sha256").update(code).digest("hex");
  return { bundle: { sha256, load: () => Promise.resolve({ code }) }, kilobytes: code.length / 1024 };
}
