const PARENT_CHECK_MS = 1_000;

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
 * a later one ends everything at once.
 */
export function createShutdown(options: { watchParent: boolean; say(line: string): void }): Shutdown {
  const controller = new AbortController();
  let force = (): void => {};
  const request = (why: string): void => {
    if (controller.signal.aborted) {
      options.say(`${why} again: ending everything at once`);
      force();
      process.exit(130);
    }
    options.say(`${why}: stopping in order (once more ends everything at once) …`);
    controller.abort(new StopRequested(why));
  };
  process.on("SIGINT", () => request("Ctrl-C"));
  process.on("SIGTERM", () => request("SIGTERM"));
  // The terminal was closed.
  process.on("SIGHUP", () => request("SIGHUP"));
  if (options.watchParent) watchParent(() => request("npm is gone"));
  return {
    signal: controller.signal,
    fail: (error) => controller.abort(error),
    onForce: (change) => (force = change),
  };
}

/** An npm that was killed cannot pass anything on; its child gets another parent then. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
