import { CliError } from "../cli-error.ts";
import type { AddCommand } from "../create-cli.ts";
import { readProfiles, writeProfiles } from "../profiles.ts";

export const addProfilesUse: AddCommand = (program, cli) => {
  program
    .command("profiles:use <name>")
    .description("make a profile the one that is meant where --profile is not given")
    .action(async (name: string) => {
      const profiles = await readProfiles(cli.config.profileFile);
      if (!Object.hasOwn(profiles.servers, name))
        throw new CliError(`There is no profile "${name}"`, { remedy: "List them: millrace profiles:list" });
      await writeProfiles(cli.config.profileFile, { ...profiles, current: name });
      cli.say(`Profile ${name} is current.`);
    });
};
