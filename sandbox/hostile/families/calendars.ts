import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["cpu-exceeded", "out-of-memory", "threw", "ok", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const calendars: HostileFamily = {
  name: "calendars",
  attacks:
    "Temporal and Intl: dates and locales are native code with memory of its own, which no heap limit counts.",
  programs: [
    {
      mechanism: "zoned times that add up",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (let n = 0; ; n += 1) kept.push(Temporal.ZonedDateTime.from("2024-01-01T00:00[Europe/Berlin]").add({ hours: n % 1e6 })); }`,
    },
    {
      mechanism: "durations of the largest parts, balanced for ever",
      expect: ENDED,
      cell: "either",
      code: `() => { const start = Temporal.PlainDate.from("-271821-04-20"); for (;;) start.until("+275760-09-13", { largestUnit: "day" }).round({ largestUnit: "year", relativeTo: start }); }`,
    },
    {
      mechanism: "days of two hundred thousand years in a lunar calendar",
      expect: ENDED,
      cell: "either",
      code: `() => { for (const calendar of ["chinese", "dangi", "hebrew", "islamic-umalqura"]) for (let n = 0; n < 1e6; n += 1) Temporal.PlainDate.from("+200000-01-01").withCalendar(calendar).until(Temporal.PlainDate.from("-200000-01-01").withCalendar(calendar), { largestUnit: "month" }); }`,
    },
    {
      mechanism: "rounding to an increment of billions",
      expect: ENDED,
      cell: "either",
      code: `() => { const instant = Temporal.Instant.fromEpochNanoseconds(8_640_000_000_000_000_000_000n); for (;;) { instant.round({ smallestUnit: "nanosecond", roundingIncrement: 1 }); Temporal.Duration.from({ nanoseconds: 9_007_199_254_740_991 }).total({ unit: "month", relativeTo: "2024-01-31" }); } }`,
    },
    {
      mechanism: "a Temporal text of thirty million characters",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) try { Temporal.ZonedDateTime.from("2024-01-01T00:00[Europe/Berlin]" + "[a=b]".repeat(6e6)); } catch {} }`,
    },
    {
      mechanism: "a property bag whose getters change the calendar as they are read",
      expect: ENDED,
      cell: "either",
      code: `() => { let n = 0; const bag = { calendar: "iso8601", get year() { return n++ % 2 === 0 ? 2024 : Infinity; }, get month() { return { valueOf() { bag.calendar = "hebrew"; return 13; } }; }, day: 40 }; for (;;) try { Temporal.PlainDate.from(bag); } catch {} }`,
    },
    {
      mechanism: "Temporal.Now and zone names as a look at the host",
      expect: ["ok", "threw"],
      code: `() => { probe("zone file", () => /\\//.test(String(Temporal.Now.plainDateTimeISO().constructor).replace("[native code]", ""))); for (const zone of ["../../../etc/passwd", "/etc/localtime", "file:///etc/hosts", "Europe/../../etc/passwd"]) probe(zone, () => Temporal.Now.zonedDateTimeISO(zone) !== undefined); return { reached }; }`,
    },
    {
      mechanism: "every time zone's transitions",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) for (const zone of Intl.supportedValuesOf("timeZone")) { let at = Temporal.Instant.from("1800-01-01T00:00Z").toZonedDateTimeISO(zone); for (let n = 0; at !== null && n < 500; n += 1) at = at.getTimeZoneTransition("next"); } }`,
    },
    {
      mechanism: "V8's own break iterator, its copies of texts uncounted",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (;;) { const it = new Intl.v8BreakIterator("th", { type: "word" }); it.adoptText("ก".repeat(1e7)); it.first(); kept.push(it); } }`,
    },
    {
      mechanism: "a break iterator over a long text in a language with a dictionary",
      expect: ENDED,
      cell: "either",
      code: `() => { const it = new Intl.v8BreakIterator("ja"); it.adoptText("漢字かな".repeat(5e6)); while (it.next() !== -1); }`,
    },
    {
      mechanism: "duration formats that add up",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (;;) { const f = new Intl.DurationFormat("ar", { style: "long" }); f.format({ years: 1, nanoseconds: 9e8 }); kept.push(f); } }`,
    },
    {
      mechanism: "a number of three hundred digits in words' units, for ever",
      expect: ENDED,
      cell: "either",
      code: `() => { const f = new Intl.NumberFormat("ar-EG", { style: "unit", unit: "kilometer-per-hour", unitDisplay: "long", maximumFractionDigits: 100 }); for (;;) f.formatToParts(Number.MAX_VALUE); }`,
    },
    {
      mechanism: "a BigInt of a million digits, formatted",
      expect: ENDED,
      cell: "either",
      code: `() => new Intl.NumberFormat("de").format(BigInt("9".repeat(1e6))).length`,
    },
    {
      mechanism: "a range of two BigInts of a hundred thousand digits",
      expect: ENDED,
      cell: "either",
      code: `() => { const a = 10n ** 100_000n; for (;;) new Intl.NumberFormat("hi").formatRange(a, a + 1n); }`,
    },
    {
      mechanism: "a list of a million parts, formatted",
      expect: ENDED,
      cell: "either",
      code: `() => new Intl.ListFormat("en", { type: "conjunction" }).formatToParts(Array.from({ length: 1e6 }, () => "x".repeat(100))).length`,
    },
    {
      mechanism: "locale tags of a million extensions",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) try { Intl.getCanonicalLocales("en-x-" + "abcdefgh-".repeat(1e6) + "a"); } catch {} }`,
    },
    {
      mechanism: "a hundred thousand locales to choose from",
      expect: ENDED,
      cell: "either",
      code: `() => { const tags = Array.from({ length: 1e5 }, (_, n) => "en-x-a" + n); for (;;) Intl.Collator.supportedLocalesOf(tags); }`,
    },
    {
      mechanism: "toLocaleString of every element of a long array",
      expect: ENDED,
      cell: "either",
      code: `() => new Array(1e6).fill(1234.5).toLocaleString("bn").length`,
    },
    {
      mechanism: "a date's toLocaleString with a new locale each time, so that nothing is cached",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { for (let n = 0; ; n += 1) new Date(n).toLocaleString("en-u-ca-" + ["buddhist", "chinese", "coptic", "hebrew", "indian", "japanese", "persian", "roc"][n % 8] + "-x-a" + n, { timeZone: "Asia/Kathmandu" }); }`,
    },
    {
      mechanism: "an indic text collated at its strongest",
      expect: ENDED,
      cell: "either",
      code: `() => { const c = new Intl.Collator("hi-u-co-trad", { sensitivity: "variant", numeric: true }); const a = "क्ष" .repeat(3e6); for (;;) c.compare(a + "1".repeat(1e6), a + "2".repeat(1e6)); }`,
    },
  ],
};
