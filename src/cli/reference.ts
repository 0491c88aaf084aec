import type { Argument, Command, Option } from "commander";
import { examplesOf } from "./command-examples.ts";
import { LOCAL_COMMANDS } from "./local-commands.ts";

/** The reference of the command line (`docs/cli.md`), from the program itself. */
export function cliReference(program: Command): string {
  return `# Command line

Generated from the program by \`npm run generate\`; a test compares both. Do not edit.

\`bin/millrace <command>\` finds the right Node by itself. \`millrace <command> --help\` shows one command.

Exit codes: 0 done, 1 failed, 2 usage, 3 contained sandbox outcome (of \`sandbox run\`). What was asked for goes to standard
output, everything else to standard error. An error names what to do, and the request's id where a server refused.

Names: a customer, an instance or an integration is named by its id, or by its name or key where one alone has it; a flow by its id or
\`<instance>/<flow key>\`.

## For every command

${optionTable(program.options)}
${program.commands.map(section).join("\n")}
## Without a server

${LOCAL_COMMANDS.map(({ name, description }) => `- \`millrace ${name}\`: ${description}. Options: \`millrace ${name} --help\`.`).join("\n")}
`;
}

function section(command: Command): string {
  const usage = ["millrace", command.name(), ...command.registeredArguments.map(argument)].join(" ");
  const options = command.options.length === 0 ? "" : `\n${optionTable(command.options)}`;
  const examples = `\n\`\`\`sh\n${examplesOf(command.name()).join("\n")}\n\`\`\`\n`;
  return `## ${command.name()}\n\n\`${usage}\`\n\n${sentence(command.description())}\n${options}${examples}`;
}

function argument(one: Argument): string {
  const name = one.variadic ? `${one.name()}...` : one.name();
  return one.required ? `<${name}>` : `[${name}]`;
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => `| \`${option.flags}\` | ${cell(optionText(option))} |`);
  return `| option | |\n|---|---|\n${rows.join("\n")}\n`;
}

function optionText({ description, argChoices, defaultValue, mandatory }: Option): string {
  const parts = [
    ...(description === "" ? [] : [description]),
    ...(argChoices === undefined ? [] : [argChoices.map((choice) => `\`${choice}\``).join(", ")]),
    ...(typeof defaultValue === "string" || typeof defaultValue === "number"
      ? [`default ${defaultValue}`]
      : []),
    ...(mandatory ? ["required"] : []),
  ];
  return parts.join("; ");
}

function cell(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return cell(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}
