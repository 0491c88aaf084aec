import { CliError } from "../cli-error.ts";
import type { AddCommand } from "../create-cli.ts";
import { FIRST_PROFILE, readProfiles, writeProfiles } from "../profiles.ts";

export const addLogout: AddCommand = (program, cli) => {
  program
    .command("logout")
    .description(
      "forget the current profile's server and token, or --profile's; the token itself stays valid",
    )
    .action(async (_options, command) => {
      const { current, servers } = await readProfiles(cli.config.profileFile);
      const name: string = command.optsWithGlobals().profile ?? current;
      if (!Object.hasOwn(servers, name))
        throw new CliError(`There is no profile "${name}"`, { remedy: "List them: millrace profiles:list" });
      const { [name]: _forgotten, ...others } = servers;
      await writeProfiles(cli.config.profileFile, {
        current: name === current ? (Object.keys(others)[0] ?? FIRST_PROFILE) : current,
        servers: others,
      });
      cli.say(`Profile ${name} is forgotten.`);
    });
};
