import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { runFlow } from "./run-flow.ts";
import type { ReplayJob } from "./replay-job.ts";

/**
 * The process that a debugger attaches to: runs one flow from the job on its standard input, and prints what comes of
 * it as JSON lines. Its scripts carry their source maps, with the author's own files.
 */
const job = JSON.parse(await text(process.stdin)) as ReplayJob; // written by `replay-local`
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const report = await runFlow({
  ...job,
  bundle: { ...job.bundle, code: withInlineMap(job) },
  outputs: new Map(job.outputs),
  isDebugged: job.isDebugged,
  fetch: (request) => (job.isLive ? fetch(request) : refuse(request)),
  onLog: (log) => print({ log }),
  onStep: (step) => print({ step }),
});
print({ report });

function refuse(request: Request): never {
  throw new TypeError(
    `${request.method} ${request.url} is not sent from here: give --live to let requests out`,
  );
}

/** Sources by absolute URL, so that breakpoints in the author's editor hold. */
function withInlineMap({ bundle, folder }: ReplayJob): string {
  const map = { ...(JSON.parse(bundle.sourceMap) as object), sourceRoot: `${pathToFileURL(folder).href}/` };
  const encoded = Buffer.from(JSON.stringify(map)).toString("base64");
  return `${bundle.code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}
