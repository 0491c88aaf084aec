import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Finding } from "./finding.ts";
import { fail, ok } from "./finding.ts";

const run = promisify(execFile);
const LEAST_NODE = 26;
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const REINSTALL = "run `npm ci` in the checkout";

/** In a process of its own: a binary of another ABI, or a missing library, ends the process that loads it. */
const LOAD_ISOLATED_VM =
  "const ivm = require('isolated-vm'); const i = new ivm.Isolate({ memoryLimit: 16 });" +
  "console.log(i.createContextSync().evalSync('6 * 7')); i.dispose();";

export async function checkRuntime(): Promise<Finding[]> {
  return [checkNode(), await checkIsolatedVm()];
}

function checkNode(): Finding {
  const { node, modules } = process.versions;
  return Number.parseInt(node, 10) >= LEAST_NODE
    ? ok("node", `${node} (ABI ${modules}) on ${process.platform}-${process.arch}`)
    : fail(
        "node",
        `${node} is older than ${LEAST_NODE}`,
        "start by bin/millrace or npm, which bring their own",
      );
}

async function checkIsolatedVm(): Promise<Finding> {
  const part = "isolated-vm";
  try {
    const { stdout } = await run(process.execPath, ["--no-node-snapshot", "-e", LOAD_ISOLATED_VM], {
      cwd: ROOT,
      timeout: 20_000,
      env: {},
    });
    if (stdout.trim() === "42")
      return ok(part, `its prebuilt binary loads on ABI ${process.versions.modules} and runs an isolate`);
    return fail(part, `an isolate gave ${stdout.trim()} for 42`, REINSTALL);
  } catch (error) {
    const said = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : "";
    const reason = said.split("\n").find((line) => /error/i.test(line)) ?? String(error).split("\n")[0];
    return fail(
      part,
      `its binary does not load: ${reason?.trim()}`,
      `${REINSTALL}; on Alpine use a Debian image`,
    );
  }
}
