import { send } from "./bridge.ts";
import { DOMException } from "./dom-exception.ts";
import { EventTarget } from "./events.ts";
import { structuredClone } from "./structured-clone.ts";
import { asDictionary, finishInterface, requireArguments } from "./web-idl.ts";

/** Time since the step began, and the marks that an author sets on it. */
const CONSTRUCTION = Symbol("construction");
let stillAtMs: number | undefined;
let timeline: PerformanceEntry[] = [];
const now = () => (stillAtMs === undefined ? Number(send("now", "")) : 0);

export class PerformanceEntry {
  readonly #fields: { name: string; entryType: string; startTime: number; duration: number };

  constructor(
    permit: unknown,
    fields: { name: string; entryType: string; startTime: number; duration: number },
  ) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
    this.#fields = fields;
  }

  get name(): string {
    return this.#fields.name;
  }

  get entryType(): string {
    return this.#fields.entryType;
  }

  get startTime(): number {
    return this.#fields.startTime;
  }

  get duration(): number {
    return this.#fields.duration;
  }

  toJSON(): object {
    return { ...this.#fields };
  }

  static {
    finishInterface(PerformanceEntry, "PerformanceEntry");
  }
}

interface MarkOptions {
  startTime?: number;
  detail?: unknown;
}

export class PerformanceMark extends PerformanceEntry {
  readonly #detail: unknown;

  constructor(name: unknown, options: MarkOptions = {}) {
    requireArguments(arguments.length, 1);
    const { startTime, detail } = asDictionary(options);
    const at = startTime === undefined ? now() : Number(startTime);
    if (!Number.isFinite(at) || at < 0) throw new TypeError("The mark's startTime is no time");
    super(CONSTRUCTION, { name: `${name as string}`, entryType: "mark", startTime: at, duration: 0 });
    this.#detail = structuredClone(detail ?? null);
  }

  get detail(): unknown {
    return this.#detail;
  }

  override toJSON(): object {
    return { ...super.toJSON(), detail: this.#detail };
  }

  static {
    finishInterface(PerformanceMark, "PerformanceMark");
  }
}

export class PerformanceMeasure extends PerformanceEntry {
  readonly #detail: unknown;

  constructor(
    permit: unknown,
    fields: { name: string; startTime: number; duration: number; detail: unknown },
  ) {
    const { name, startTime, duration, detail } = fields;
    super(permit, { name, entryType: "measure", startTime, duration });
    this.#detail = detail;
  }

  get detail(): unknown {
    return this.#detail;
  }

  override toJSON(): object {
    return { ...super.toJSON(), detail: this.#detail };
  }

  static {
    finishInterface(PerformanceMeasure, "PerformanceMeasure");
  }
}

interface MeasureOptions {
  start?: string | number;
  end?: string | number;
  duration?: number;
  detail?: unknown;
}

export class Performance extends EventTarget {
  constructor(permit: unknown) {
    if (permit !== CONSTRUCTION) throw new TypeError("Illegal constructor");
    super();
  }

  get timeOrigin(): number {
    return stillAtMs ?? Math.round((Date.now() - now()) * 10) / 10;
  }

  now(): number {
    return now();
  }

  mark(name: unknown, options: MarkOptions = {}): PerformanceMark {
    requireArguments(arguments.length, 1);
    return add(new PerformanceMark(name, options));
  }

  measure(
    name: unknown,
    startOrOptions: string | MeasureOptions = {},
    endMark: string | undefined = undefined,
  ): PerformanceMeasure {
    requireArguments(arguments.length, 1);
    const isObject = typeof startOrOptions === "object" && startOrOptions !== null;
    const options: MeasureOptions = isObject ? startOrOptions : { start: startOrOptions };
    const { startTime, endTime } = spanOf(options, endMark);
    return add(
      new PerformanceMeasure(CONSTRUCTION, {
        name: `${name as string}`,
        startTime,
        duration: endTime - startTime,
        detail: structuredClone(options.detail ?? null),
      }),
    );
  }

  clearMarks(name: unknown = undefined): void {
    clear("mark", name);
  }

  clearMeasures(name: unknown = undefined): void {
    clear("measure", name);
  }

  getEntries(): PerformanceEntry[] {
    return timeline.toSorted((left, right) => left.startTime - right.startTime);
  }

  getEntriesByType(type: unknown): PerformanceEntry[] {
    requireArguments(arguments.length, 1);
    return this.getEntries().filter(({ entryType }) => entryType === `${type as string}`);
  }

  getEntriesByName(name: unknown, type: unknown = undefined): PerformanceEntry[] {
    requireArguments(arguments.length, 1);
    return this.getEntries().filter(
      (entry) =>
        entry.name === `${name as string}` && (type === undefined || entry.entryType === `${type as string}`),
    );
  }

  toJSON(): object {
    return { timeOrigin: this.timeOrigin };
  }

  static {
    finishInterface(Performance, "Performance");
  }
}

export function createPerformance(stillNowMs: number | undefined): Performance {
  stillAtMs = stillNowMs;
  return new Performance(CONSTRUCTION);
}

function add<Entry extends PerformanceEntry>(entry: Entry): Entry {
  timeline.push(entry);
  return entry;
}

function clear(type: string, name: unknown): void {
  timeline = timeline.filter(
    (entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name as string}`),
  );
}

function spanOf(
  options: MeasureOptions,
  endMark: string | undefined,
): { startTime: number; endTime: number } {
  const { start, end, duration } = options;
  const isEmpty = start === undefined && end === undefined;
  if (endMark !== undefined && (end !== undefined || duration !== undefined))
    throw new TypeError("An end mark cannot be given beside options that hold an end");
  if (isEmpty && (duration !== undefined || options.detail !== undefined) && endMark === undefined)
    throw new TypeError("A measure needs a start or an end");
  if (start !== undefined && end !== undefined && duration !== undefined)
    throw new TypeError("A measure cannot have a start, an end and a duration");
  const endTime =
    endMark !== undefined || end !== undefined
      ? timeOf(endMark ?? end)
      : start !== undefined && duration !== undefined
        ? timeOf(start) + timeOf(duration)
        : now();
  const startTime =
    start === undefined && end !== undefined && duration !== undefined
      ? endTime - timeOf(duration)
      : start === undefined
        ? 0
        : timeOf(start);
  return { startTime, endTime };
}

function timeOf(mark: unknown): number {
  if (typeof mark === "number") {
    if (mark < 0) throw new TypeError("A time is not negative");
    return mark;
  }
  const name = `${mark as string}`; // a symbol throws, as it must
  const found = timeline.findLast((entry) => entry.entryType === "mark" && entry.name === name);
  if (found === undefined) throw new DOMException(`There is no mark "${name}"`, "SyntaxError");
  return found.startTime;
}
