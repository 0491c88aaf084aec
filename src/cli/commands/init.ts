import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { KEY } from "#contract/definition.ts";
import { defaultPackageSpec, projectFiles } from "#local/project-template.ts";
import { CliError, EXIT } from "../cli-error.ts";
import type { AddCommand } from "../create-cli.ts";

export const addInit: AddCommand = (program, cli) => {
  program
    .command("init <dir>")
    .description("make a project with an integration that runs, is tested and can be published")
    .option("--key <key>", "of the integration; the folder's name where it is left out")
    .option("--package <spec>", "where the project takes millrace from, as npm understands it")
    .action(async (dir: string, { key, package: spec }: { key?: string; package?: string }) => {
      const folder = resolve(dir);
      await assertEmpty(folder);
      const files = projectFiles(keyOf(key ?? basename(folder)), spec ?? (await defaultPackageSpec()));
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      cli.output.write(
        `${Object.keys(files).join("\n")}\n\nNext:\n  cd ${dir}\n  npm install\n  npm test\n  npm run dev\n`,
      );
    });
};

async function assertEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const present = (await readdir(folder)).filter((name) => name !== ".git");
  if (present.length === 0) return;
  throw new CliError(`${folder} is not empty: ${present.slice(0, 5).join(", ")}`, {
    remedy: "Name a new folder; nothing was written",
  });
}

function keyOf(name: string): string {
  const key = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  if (KEY.test(key)) return key;
  throw new CliError(`"${name}" makes no key for an integration`, {
    exitCode: EXIT.usage,
    remedy: "Give one with --key: lower-case letters, digits and hyphens, first a letter",
  });
}
