const LEAST = 26;

/** Ends the process with a sentence on a Node that is too old. To be called before anything that needs more is loaded. */
export function assertNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= LEAST) return;
  console.error(
    `millrace: this is Node ${process.versions.node}, and Millrace runs on Node ${LEAST}. \`npm start\` and bin/millrace bring it along; by hand, use node_modules/.bin/node.`,
  );
  process.exit(1);
}
