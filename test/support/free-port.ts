import { findFreePort } from "#embedded/free-port.ts";

/** A port on the loopback address that nobody listens on. */
export function freePort(): Promise<number> {
  return findFreePort();
}
