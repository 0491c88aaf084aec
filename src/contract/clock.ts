/** Injected where time decides something, so that tests can hold it. Milliseconds since the epoch. */
export type Clock = () => number;
