import { LIMITS } from "#contract/limits.ts";
import { failure } from "./failure.ts";

/**
 * What one trust domain asks of one host and port, on this worker: so many requests at once, in a minute, and bytes
 * in a minute. Too many at once wait in order; too many in a minute fail, since waiting would only pile up more.
 */
export interface HostMeters {
  /** Resolves when it is the caller's turn. Rejects with the signal's reason, or what an author may read. */
  enter(domain: string, host: string, signal: AbortSignal): Promise<HostTurn>;
}

export interface HostTurn {
  /** Throws where the minute's bytes are used up. */
  count(bytes: number): void;
  leave(): void;
}

export interface HostLimits {
  inFlight: number;
  requestsPerMinute: number;
  bytesPerMinute: number;
}

interface Meter {
  inFlight: number;
  waiting: Set<() => void>;
  minute: number;
  requests: number;
  bytes: number;
}

const METERS = 20_000;
const MINUTE_MS = 60_000;
const DEFAULTS: HostLimits = {
  inFlight: LIMITS.hostRequestsInFlight,
  requestsPerMinute: LIMITS.hostRequestsPerMinute,
  bytesPerMinute: LIMITS.hostBytesPerMinute,
};

export function createHostMeters(limits: HostLimits = DEFAULTS): HostMeters {
  const meters = new Map<string, Meter>();
  const meterOf = (name: string): Meter => {
    const meter = meters.get(name) ?? { inFlight: 0, waiting: new Set(), minute: 0, requests: 0, bytes: 0 };
    meters.delete(name);
    meters.set(name, meter);
    for (const [oldest, { inFlight }] of meters) {
      if (meters.size <= METERS) break;
      if (inFlight === 0) meters.delete(oldest);
    }
    beginMinute(meter);
    return meter;
  };
  return {
    async enter(domain, host, signal) {
      const meter = meterOf(JSON.stringify([domain, host]));
      if (meter.requests >= limits.requestsPerMinute) {
        throw failure(`${host}: more than ${limits.requestsPerMinute} requests in a minute`);
      }
      meter.requests += 1;
      if (meter.inFlight < limits.inFlight) meter.inFlight += 1;
      else await turnOf(meter, signal);
      return turn(meter, host, limits);
    },
  };
}

function turn(meter: Meter, host: string, { bytesPerMinute }: HostLimits): HostTurn {
  return {
    count(bytes) {
      beginMinute(meter);
      meter.bytes += bytes;
      if (meter.bytes > bytesPerMinute) {
        throw failure(`${host}: more than ${bytesPerMinute} bytes in a minute`);
      }
    },
    leave() {
      const [next] = meter.waiting;
      if (next === undefined) {
        meter.inFlight -= 1;
        return;
      }
      // The turn is handed on: the number in flight stays.
      meter.waiting.delete(next);
      next();
    },
  };
}

function turnOf(meter: Meter, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const go = () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = () => {
      meter.waiting.delete(go);
      reject(signal.reason);
    };
    meter.waiting.add(go);
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

function beginMinute(meter: Meter): void {
  const minute = Math.floor(Date.now() / MINUTE_MS);
  if (meter.minute === minute) return;
  meter.minute = minute;
  meter.requests = 0;
  meter.bytes = 0;
}
