// Installs what package-lock.json names, when it is missing or stale. Runs before start, dev and test, and by
// bin/millrace. No dependencies, and no newer Node than 20: on a fresh clone there is nothing else yet.
//
// node_modules/.millrace-installed holds the fingerprint of what was installed: written last, so that an
// interrupted install is done again.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Raised when this script itself should make everyone install anew. */
const SCRIPT_VERSION = "1";
const LEAST_NODE = 20;
const PROGRESS_EVERY_MS = 10_000;

/** What an install depends on: the lock file, the platform (native binaries) and this script. */
export function fingerprint(lockText, platform = `${process.platform}-${process.arch}`) {
  return createHash("sha256").update(`${SCRIPT_VERSION}\n${platform}\n${lockText}`).digest("hex");
}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Whether node_modules holds what the lock file names, by npm's own record of its last install. */
export function holdsLocked(lockText, installedText) {
  if (installedText === undefined) return false;
  const locked = JSON.parse(lockText).packages;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === "" || installed[path]?.version === entry.version || (entry.optional && !(path in installed)),
  );
}

/** `fresh`, `unstamped` (installed by another hand: only the stamp is missing) or `stale`. */
export function stateOf(root) {
  const lockText = read(join(root, "package-lock.json"));
  if (lockText === undefined) throw new Error(`${root} has no package-lock.json: is this a whole checkout?`);
  const wanted = fingerprint(lockText);
  const modules = join(root, "node_modules");
  if (!existsSync(join(modules, ".bin", "node"))) return { state: "stale", wanted };
  if (read(join(modules, ".millrace-installed")) === wanted) return { state: "fresh", wanted };
  const held = holdsLocked(lockText, read(join(modules, ".package-lock.json")));
  return { state: held ? "unstamped" : "stale", wanted };
}

function npmCommand(env) {
  // Under `npm start` the very npm that runs us; called by hand, the one on PATH.
  return env.npm_execpath === undefined ? ["npm"] : [process.execPath, env.npm_execpath];
}

function runNpm(root, say) {
  const [command, ...first] = npmCommand(process.env);
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  return new Promise((resolve, reject) => {
    // Log level error: a Node of the machine that some package does not name (EBADENGINE) does not matter, since
    // everything runs on the Node that is installed here.
    const child = spawn(command, [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_ENV: "development" },
    });
    let output = "";
    const keep = (chunk) => (output = (output + chunk).slice(-8_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const progress = setInterval(() => say(`still installing, ${seconds()} s`), PROGRESS_EVERY_MS);
    child.on("error", (error) => {
      clearInterval(progress);
      reject(new Error(`npm could not be run (${error.message}). Install npm, which comes with Node.`));
    });
    child.on("close", (code) => {
      clearInterval(progress);
      if (code === 0) resolve(seconds());
      else
        reject(
          new Error(
            `npm ci failed after ${seconds()} s (exit code ${code}). It said:\n${output.trim()}\n${advice(output)}`,
          ),
        );
    });
  });
}

/** What to do about the failures that people meet. */
export function advice(output) {
  if (/ENOSPC|EDQUOT/.test(output)) return "The disk is full: free about 1 GB and start again.";
  if (/EACCES|EPERM/.test(output))
    return "This user may not write to the checkout: take it over with chown, or clone it anew.";
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET/.test(output))
    return "The npm registry could not be reached: check the network, the proxy and `npm config get registry`.";
  if (/EINTEGRITY/.test(output)) return "A download was damaged: run `npm cache verify`, then start again.";
  return "Nothing was marked as installed: start again once it is mended.";
}

export async function install(root, say) {
  const { state, wanted } = stateOf(root);
  if (state === "fresh") return;
  if (state === "stale") {
    say("installing dependencies (about 800 MB, once; a minute or two) …");
    const seconds = await runNpm(root, say);
    say(`dependencies installed in ${seconds} s`);
  }
  writeFileSync(join(root, "node_modules", ".millrace-installed"), wanted);
}

async function main() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < LEAST_NODE)
    throw new Error(
      `This is Node ${process.versions.node}; installing needs ${LEAST_NODE} or later (https://nodejs.org).`,
    );
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  await install(root, (line) => console.error(`millrace: ${line}`));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`millrace: ${error.message}`);
    process.exitCode = 1;
  });
}
