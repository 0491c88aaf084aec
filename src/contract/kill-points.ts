/**
 * Named places where a test may have the process killed, to show that nothing is lost or doubled there.
 * A file `$MILLRACE_TEST_KILL_DIR/<point>` arms one, once; composition roots hand a `ReachPoint` to the parts.
 */
export const KILL_POINTS = [
  "intake-after-commit",
  "dispatch-after-claim",
  "dispatch-after-start",
  "step-after-effect",
  "step-after-result",
  "finalize-before-close",
  "retry-waiting",
  "cell-during-step",
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** Called at the named place. Does nothing unless a test armed it. */
export type ReachPoint = (point: KillPoint) => void;

export const reachNothing: ReachPoint = () => {};
