import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildWorkflowBundle } from "#engine/workflow-bundle.ts";

/** Without its source map. The SDK's own part is about 540 kB. */
const MOST_BYTES = 620_000;

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "millrace-bundle-"));
});
afterAll(() => rm(cacheDir, { recursive: true }));

test("the bundle is small, holds no schema library, and is made once", async () => {
  await writeFile(join(cacheDir, `workflows-${"0".repeat(64)}.js`), "an earlier release's");
  const { code } = await buildWorkflowBundle({ cacheDir });
  const [script = ""] = code.split("//# sourceMappingURL");
  expect(script.length).toBeLessThan(MOST_BYTES);
  expect(/node_modules\/(zod|pino|kysely|lodash)/.test(script)).toBe(false);
  const files = await readdir(cacheDir);
  expect(files).toHaveLength(1);
  const [file = ""] = files;
  await writeFile(join(cacheDir, file), "kept");
  expect(await buildWorkflowBundle({ cacheDir })).toEqual({ code: "kept" });
});
