import { answer, createApiClient } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import type { AddCommand, Cli } from "../create-cli.ts";
import { findKnownServer, givenServer, type Server, type ServerOptions } from "../find-server.ts";
import { FIRST_PROFILE, readProfiles, writeProfiles } from "../profiles.ts";
import { readSecret } from "../read-secret.ts";

/** Keeps a server and its token for later calls, in a file that only this user reads. No browser takes part. */
export const addLogin: AddCommand = (program, cli) => {
  program
    .command("login")
    .description(
      "keep a server and its token for later calls, once they are tried; the token is typed unseen or read from standard input where it is not given, and --profile keeps several servers apart",
    )
    .action(async (_options, command) => {
      const options = command.optsWithGlobals();
      const server = await askServer(cli, options);
      const me = await answer(createApiClient(server).http.GET("/api/v1/me"));
      const file = cli.config.profileFile;
      const { servers } = await readProfiles(file);
      const name: string = options.profile ?? FIRST_PROFILE;
      await writeProfiles(file, {
        current: name,
        servers: { ...servers, [name]: { server: server.url, token: server.token } },
      });
      cli.output.write(
        `Logged in to ${server.url} as ${me.role} of organization ${me.organizationId}, in profile ${name}.\n`,
      );
    });
};

async function askServer(cli: Cli, options: ServerOptions): Promise<Server> {
  const { server, token } = givenServer(cli.config, options);
  const known = server !== undefined && token !== undefined ? undefined : await findKnownServer(cli.config);
  const url = server ?? known?.url;
  if (url === undefined)
    throw new CliError("No server is known", { remedy: "Name it: millrace login --server <url>" });
  if (token !== undefined) return { url, token };
  // A new profile of the same server is for another token.
  if (url === known?.url && options.profile === undefined) return known;
  return {
    url,
    token: await readSecret(
      `API token for ${url} (not shown; in the server's checkout, bin/millrace tokens:create makes one): `,
      cli.signal,
    ),
  };
}
