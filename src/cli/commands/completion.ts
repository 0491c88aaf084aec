import { Argument } from "commander";
import { completionScript, type Shell, SHELLS } from "../completion-script.ts";
import type { AddCommand } from "../create-cli.ts";

export const addCompletion: AddCommand = (program, cli) => {
  program
    .command("completion")
    .description('print a script that completes commands and options: eval "$(millrace completion bash)"')
    .addArgument(new Argument("<shell>").choices([...SHELLS]))
    .action((shell: Shell) => cli.output.write(completionScript(program, shell)));
};
