import type { Command } from "commander";
import { assertNever } from "#contract/assert-never.ts";
import { LOCAL_COMMANDS } from "./local-commands.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface Completed {
  name: string;
  description: string;
  flags: readonly { long: string; description: string; choices: readonly string[] }[];
}

/** A script for a shell, made from the program itself. It starts no process when it completes. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = [...program.commands.map((command) => describe(program, command)), ...LOCAL];
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case "fish":
      return fishScript(commands);
    default:
      return assertNever(shell);
  }
}

const LOCAL = LOCAL_COMMANDS.map((command): Completed => ({ ...command, flags: [] }));

function describe(program: Command, command: Command): Completed {
  const flags = [...command.options, ...program.options].flatMap(({ long, description, argChoices }) =>
    typeof long === "string" ? [{ long, description, choices: argChoices ?? [] }] : [],
  );
  return { name: command.name(), description: command.description(), flags };
}

/** bash breaks words at colons, which our commands have: words come from the line, and answers lose what stands. */
function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ name, flags }) => `    ${name}) words="${flags.map(({ long }) => long).join(" ")}" ;;`,
  );
  const choices = new Map(
    commands.flatMap(({ name, flags }) =>
      flags.flatMap((flag) =>
        flag.choices.length === 0 ? [] : [[`${name} ${flag.long}`, flag.choices.join(" ")] as const],
      ),
    ),
  );
  const values = [...choices].map(([of, words]) => `    "${of}") words="${words}" ;;`);
  return `_millrace() {
  local line="\${COMP_LINE:0:COMP_POINT}" typed words command cur prev
  read -ra typed <<< "$line"
  [[ "$line" == *[[:space:]] ]] && typed+=("")
  cur="\${typed[-1]}" prev="\${typed[-2]}" command="\${typed[1]}"
  if (( \${#typed[@]} <= 2 )); then
    words="${commands.map(({ name }) => name).join(" ")}"
  else
    case "$command" in
${cases.join("\n")}
    esac
    [[ "$prev" == -o ]] && prev=--output
    case "$command $prev" in
${values.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    local before="\${cur%"\${cur##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o default -F _millrace millrace
`;
}

function fishScript(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, description, flags }) => [
    `complete -c millrace -n __fish_use_subcommand -f -a ${quote(name)} -d ${quote(description)}`,
    ...flags.map(({ long, description: about, choices }) => {
      const values = choices.length === 0 ? "" : ` -x -a ${quote(choices.join(" "))}`;
      return `complete -c millrace -n ${quote(`__fish_seen_subcommand_from ${name}`)} -l ${long.slice(2)} -d ${quote(about)}${values}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
