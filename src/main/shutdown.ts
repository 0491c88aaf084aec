const PARENT_CHECK_MS = 1_000;
/** A terminal signals the whole group, and some npm pass theirs on: two at once are one request. */
const ONE_REQUEST_MS = 200;

export interface Shutdown {
  /** Aborted when the program is to stop; its reason tells why, where it is an error. */
  signal: AbortSignal;
  /** Stops for an error of ours. */
  fail(error: Error): void;
  /** Called at the second Ctrl-C, in place of going on with an orderly stop. */
  onForce(force: () => void): void;
}

/** Says that a person asked for the stop, in contrast to an error. */
export class StopRequested extends Error {
  override name = "StopRequested";
}

/**
 * Turns signals, and the death of the npm that runs this process, into one abort. The first asks for an orderly stop;
 * a later signal ends everything at once.
 */
export function createShutdown(options: { watchParent: boolean; say(line: string): void }): Shutdown {
  const { say } = options;
  const controller = new AbortController();
  let force = (): void => {};
  let requestedAt = 0;
  const request = (why: string): void => {
    if (!controller.signal.aborted) {
      requestedAt = performance.now();
      say(`${why}: stopping in order (once more ends everything at once) …`);
      controller.abort(new StopRequested(why));
    } else if (performance.now() - requestedAt > ONE_REQUEST_MS) {
      say(`${why} again: ending everything at once`);
      force();
      process.exit(130);
    }
  };
  process.on("SIGINT", () => request("Ctrl-C"));
  process.on("SIGTERM", () => request("SIGTERM"));
  // The terminal was closed; what is said from here on cannot be written, and that must not end the stop.
  process.on("SIGHUP", () => request("SIGHUP"));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  if (options.watchParent) watchParent(controller.signal, () => request("npm is gone"));
  return {
    signal: controller.signal,
    fail: (error) => controller.abort(error),
    onForce: (change) => (force = change),
  };
}

/** An npm that was killed cannot pass anything on; its child gets another parent then. */
function watchParent(stopping: AbortSignal, onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    if (!stopping.aborted) onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
