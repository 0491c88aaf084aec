import { type FileHandle, open, readFile, truncate } from "node:fs/promises";

/**
 * An append-only file of JSON lines. `append` resolves once its line is on the disk, so that what was acknowledged
 * survives SIGKILL and power loss; lines that arrive together share one flush. A line that a crash cut short was
 * never acknowledged, and is cut off at the next start.
 */
export interface EntryLog<Line> {
  readonly lines: readonly Line[];
  append(line: Line): Promise<void>;
  /** Flushes what waits. */
  close(): Promise<void>;
}

export async function openEntryLog<Line>(file: string): Promise<EntryLog<Line>> {
  const lines = await recover<Line>(file);
  const handle = await open(file, "a", 0o600);
  let waiting: { line: Line; settle: PromiseWithResolvers<void> }[] = [];
  let flushing: Promise<void> | undefined;

  const flush = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await writeDurably(handle, batch.map(({ line }) => `${JSON.stringify(line)}\n`).join(""));
        lines.push(...batch.map(({ line }) => line));
        for (const { settle } of batch) settle.resolve();
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    flushing = undefined;
  };

  return {
    lines,
    append(line) {
      const settle = Promise.withResolvers<void>();
      waiting.push({ line, settle });
      flushing ??= flush();
      return settle.promise;
    },
    async close() {
      await flushing;
      await handle.close();
    },
  };
}

async function writeDurably(handle: FileHandle, text: string): Promise<void> {
  await handle.appendFile(text);
  await handle.datasync();
}

async function recover<Line>(file: string): Promise<Line[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole));
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line); // written by `append` above
}
