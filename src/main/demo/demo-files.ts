import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readIfThere, writeAtomically } from "#embedded/files.ts";
import { generateApiKey } from "#vault/generate-token.ts";

const demoSchema = z.object({
  ledgerPort: z.number().optional(),
  signingSecret: z.string().min(1),
  apiKey: z.string().min(20),
});
/** What the demo remembers from start to start, mode 0600. */
export type DemoMemory = z.output<typeof demoSchema>;

export interface DemoFolder {
  /** Of the ledger, and of the payload that the printed curl sends. */
  ledgerFile: string;
  payloadFile: string;
  memory: DemoMemory;
  remember(ledgerPort: number): Promise<void>;
}

/** `<data dir>/demo`. Secrets are on the disk before they are used, so that no start is left without them. */
export async function openDemoFolder(dataDir: string): Promise<DemoFolder> {
  const folder = join(dataDir, "demo");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "demo.json");
  const known = demoSchema.safeParse(parseJson(await readIfThere(file))).data;
  const memory = known ?? { signingSecret: randomBytes(24).toString("base64url"), apiKey: generateApiKey() };
  const save = (saved: DemoMemory) => writeAtomically(file, `${JSON.stringify(saved, null, 2)}\n`);
  if (known === undefined) await save(memory);
  return {
    ledgerFile: join(folder, "ledger.jsonl"),
    payloadFile: join(folder, "push.json"),
    memory,
    remember: (ledgerPort) => save({ ...memory, ledgerPort }),
  };
}

/** A damaged file is as good as none: new secrets are made, and set at the flow. */
function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
