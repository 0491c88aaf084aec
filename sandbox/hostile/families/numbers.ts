import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["cpu-exceeded", "threw", "out-of-memory", "crashed"] as const;

export const numbers: HostileFamily = {
  name: "numbers",
  attacks:
    "Arithmetic that V8 does in one native call, deaf to its own timeout: only the process can be stopped.",
  programs: [
    {
      mechanism: "a BigInt squared for ever",
      expect: ENDED,
      cell: "either",
      code: `() => { let n = 3n; for (;;) n = n * n; }`,
    },
    {
      mechanism: "a power of two to the 28th bits",
      expect: ENDED,
      cell: "either",
      code: `() => (2n ** (2n ** 28n)) % 7n`,
    },
    {
      mechanism: "printing a BigInt of 2^26 bits",
      expect: ENDED,
      cell: "either",
      code: `() => (3n ** (2n ** 24n)).toString(10).length`,
    },
    {
      mechanism: "parsing a BigInt of fifty million digits",
      expect: ENDED,
      cell: "either",
      code: `() => BigInt("9".repeat(5e7)) % 7n`,
    },
    {
      mechanism: "dividing large BigInts",
      expect: ENDED,
      cell: "either",
      code: `() => { const a = (1n << (1n << 27n)) - 1n, b = (1n << (1n << 26n)) + 3n; for (;;) a / b; }`,
    },
    {
      mechanism: "shifting by the most bits there are",
      expect: ENDED,
      cell: "either",
      code: `() => { const kept = []; for (;;) kept.push(1n << (1n << 29n)); }`,
    },
    {
      mechanism: "asUintN over huge widths",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) BigInt.asUintN(2 ** 30, -1n); }`,
    },
    {
      mechanism: "exponentiation in a loop of small ones",
      expect: ENDED,
      cell: "either",
      code: `() => { let n = 1n; for (let k = 1n; ; k += 1n) n *= k ** 1_000n; }`,
    },
    {
      mechanism: "toString(2) of a float at full precision, for ever",
      expect: ["cpu-exceeded"],
      code: `() => { for (;;) Number.MIN_VALUE.toString(2).length; }`,
    },
    {
      mechanism: "toFixed and toPrecision, for ever",
      expect: ["cpu-exceeded"],
      code: `() => { for (;;) (1 / 3).toFixed(100) + (1e300).toPrecision(100); }`,
    },
  ],
};
