/** Other flows of the same instance, as a step may start them. */
export interface Flows {
  /**
   * Starts a flow with `payload` as the JSON body of its trigger, once this step's result is committed: a step that
   * fails starts nothing. It runs beside this execution, at the same version and values; nobody waits for it. The same
   * call, by `key` or else by its number in the step, is made once for this execution, however often the step is tried.
   * Counts as one of the step's requests.
   */
  start(flow: string, payload?: unknown, options?: { key?: string }): Promise<{ executionId: string }>;
}
