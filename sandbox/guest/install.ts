/** Puts values on the global as the platform does: writable, configurable, not enumerable. */
export function install(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** A getter that makes its value at first use, so that what a step does not touch costs it nothing. */
export function lazily(target: object, name: string, make: () => unknown): void {
  define(target, name, { make, enumerable: true });
}

/** As `lazily` for the global's names. */
export function installLazily(makers: Record<string, () => unknown>): void {
  for (const [name, make] of Object.entries(makers)) define(globalThis, name, { make, enumerable: false });
}

function define(
  target: object,
  name: string,
  { make, enumerable }: { make: () => unknown; enumerable: boolean },
): void {
  const settle = (value: unknown) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable,
    get() {
      const value = make();
      settle(value);
      return value;
    },
    // Whoever puts another in its place has made the first use.
    set: settle,
  });
}
