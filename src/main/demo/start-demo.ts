import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { writeAtomically } from "#embedded/files.ts";
import { startLedger } from "../../../examples/github-to-ledger/ledger.ts";
import type { RunDemo } from "../run-file.ts";
import { createApiClient } from "./api-client.ts";
import { demoCurl } from "./demo-curl.ts";
import { openDemoFolder } from "./demo-files.ts";
import { seedDemo } from "./seed-demo.ts";

export interface StartDemoOptions {
  apiUrl: string;
  /** Of the organization that gets the demo. */
  token: string;
  /** Absolute. */
  dataDir: string;
  signal: AbortSignal;
}

export interface RunningDemo {
  demo: RunDemo;
  /** For the person who started it. */
  lines: string[];
  stop(): Promise<void>;
}

const EXAMPLE = new URL("../../../examples/github-to-ledger/", import.meta.url);

/** Starts the ledger and makes the demo in a running installation. Safe at every start. */
export async function startDemo(options: StartDemoOptions): Promise<RunningDemo> {
  const folder = await openDemoFolder(options.dataDir);
  const port = await findFreePort(folder.memory.ledgerPort);
  const ledger = await startLedger({ file: folder.ledgerFile, port });
  try {
    await folder.remember(port);
    const payload = await readFile(new URL("push.json", EXAMPLE));
    await writeAtomically(folder.payloadFile, payload.toString());
    const seeded = await seedDemo({
      api: createApiClient(options),
      bundle: await bundleIntegration(fileURLToPath(new URL("github-to-ledger.ts", EXAMPLE))),
      ledgerUrl: ledger.url,
      secrets: folder.memory,
    });
    const { push } = seeded.flows;
    const curl = demoCurl({ ...push, payload, payloadFile: folder.payloadFile });
    return {
      demo: { ...seeded, ledgerUrl: ledger.url },
      lines: [
        "Send the demo a GitHub push. Send it again, and it answers with the same execution:",
        "",
        `  ${curl}`,
        "",
        `See what it did:  bin/millrace executions:list   or the ledger, ${ledger.url}/entries`,
      ],
      stop: () => ledger.stop(),
    };
  } catch (error) {
    await ledger.stop();
    throw error;
  }
}
