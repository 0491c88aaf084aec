/** What `bin/millrace` runs beside this program, since it needs the engine itself (`src/main/local-commands/`). */
export const LOCAL_COMMANDS: readonly { name: string; description: string }[] = [
  { name: "doctor", description: "look at each part of the installation, and say what to do" },
  { name: "migrate", description: "bring the database's schema up to date" },
  { name: "reconcile", description: "compare Postgres with Temporal, and mend what differs" },
  { name: "sandbox", description: "run a file in the sandbox, or verify the sandbox with hostile programs" },
  { name: "temporal", description: "explain an execution's history in Temporal in a few lines" },
];
