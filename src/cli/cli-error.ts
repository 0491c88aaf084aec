/** 0 done, 1 failed, 2 usage, 3 contained sandbox outcome (of `sandbox run`). */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What the command line says and ends with when it cannot do what was asked. */
export class CliError extends Error {
  readonly exitCode: number;
  /** What to do about it. */
  readonly remedy: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    options: { exitCode?: number; remedy?: string; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.remedy = options.remedy;
    this.requestId = options.requestId;
  }
}
