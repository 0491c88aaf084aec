/** The longest that this thread's event loop was kept from turning. */
export interface StallMeter {
  take(): number;
  stop(): void;
}

const TICK_MS = 10;

export function startStallMeter(): StallMeter {
  let dueAt = performance.now() + TICK_MS;
  let longestMs = 0;
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - dueAt);
    dueAt = performance.now() + TICK_MS;
  }, TICK_MS);
  return {
    take: () => {
      const taken = longestMs;
      longestMs = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
