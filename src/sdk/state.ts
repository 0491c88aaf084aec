/**
 * Values that stay from execution to execution, as JSON by key. A step sees what was committed when it asks, and its own
 * changes. These are committed with the step's result: a step that fails changes nothing, one that is run again does
 * not count twice. Each call counts as one of the step's requests.
 */
export interface StateStore {
  /** `undefined` where there is none. */
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** Adds to a number; one that is not there is 0. Returns it as this step sees it; beside others, all of them count. */
  increment(key: string, by?: number): Promise<number>;
  /** Adds to a list, of which the last `keep` stay. Returns it as this step sees it. */
  append<Item>(key: string, item: Item, options?: { keep?: number }): Promise<Item[]>;
  /**
   * Sets it where it equals `expected` (`undefined`: where there is none), else returns false. Where another execution
   * changes it before this step's result is committed, the step's try fails with `step/state-conflict`.
   */
  compareAndSet(key: string, expected: unknown, value: unknown): Promise<boolean>;
}

/** Of the instance; `flow` has keys of its own for this flow alone. */
export interface State extends StateStore {
  readonly flow: StateStore;
}
