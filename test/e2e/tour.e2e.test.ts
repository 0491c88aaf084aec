import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnv, type RunningMillrace, startMillrace } from "../support/millrace.ts";

/** `docs/tour.md` is written anew with what its commands answer: `vitest run --project e2e test/e2e/tour -u` keeps it. */
const TOUR = join(import.meta.dirname, "../../docs/tour.md");

let millrace: RunningMillrace;
beforeAll(async () => {
  millrace = await startMillrace();
});
afterAll(async () => {
  await millrace.stop();
  millrace.remove();
});

test("every command of the tour answers what the tour shows", async () => {
  const shell = new Shell(millrace.dataDir);
  try {
    const written = await readFile(TOUR, "utf8");
    let rendered = "";
    for (const part of written.split(/(?<=^```console\n)(.*?)(?=^```$)/ms))
      rendered += part.startsWith("$ ") ? await transcript(shell, part) : part;
    expect(rendered).toContain("$ bin/millrace");
    await expect(rendered).toMatchFileSnapshot(TOUR);
  } finally {
    shell.end();
  }
}, 240_000);

/** The block's commands, each with what it answers now. */
async function transcript(shell: Shell, block: string): Promise<string> {
  let text = "";
  for (const [, command = ""] of block.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm))
    text += `$ ${command}\n${masked(await shell.run(command))}`;
  return text;
}

/** What differs from time to time, by its kind. Columns lose their width. */
function masked(output: string): string {
  return (
    output
      .replaceAll("\r", "")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
      .replaceAll(/\b[0-9a-f]{64}\b/g, "<hash>")
      .replaceAll(/(?<=\/(hooks|status)\/)[\w-]+/g, "<token>")
      .replaceAll(/\b[\d.]+ m?s\b/g, "<duration>")
      // What it went through while it was followed.
      .replaceAll(/^(queued|held|running|waiting|succeeded)\n/gm, "")
      .replaceAll(/ +$/gm, "")
      .replaceAll(/(?<=\S) {2,}/g, "  ")
  );
}

/** One shell for the whole tour: what a command sets, later ones read. */
class Shell {
  readonly #process: ChildProcess;
  #printed = "";
  #waiting: (() => void) | undefined;

  constructor(dataDir: string) {
    const env = { ...cleanEnv(), MILLRACE_DATA_DIR: dataDir, XDG_CONFIG_HOME: dataDir };
    this.#process = spawn("bash", ["--norc"], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => {
      this.#printed += chunk.toString();
      this.#waiting?.();
    });
    this.#process.on("exit", () => this.#waiting?.());
  }

  /** Both of its outputs, and its exit code where it is not 0. */
  async run(command: string): Promise<string> {
    this.#printed = "";
    this.#process.stdin?.write(`{ ${command}\n} 2>&1 </dev/null; printf '\\n<end %s>\\n' $?\n`);
    for (;;) {
      const [whole, output = "", code] = /^(.*)\n<end (\d+)>\n$/s.exec(this.#printed) ?? [];
      if (whole !== undefined) return code === "0" ? output : `${output}(exit code ${code})\n`;
      if (this.#process.exitCode !== null) throw new Error(`The shell ended: ${this.#printed}`);
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  end(): void {
    this.#process.stdin?.end();
    this.#process.kill();
  }
}
