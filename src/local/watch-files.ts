import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Watches files by their folders, so that an editor which replaces a file instead of writing it is seen too. `wait`
 * resolves at the next change, once writes have been quiet for `quietMs`; at the signal it resolves as well.
 */
export interface FileWatcher {
  /** The files from now on. */
  watch(files: readonly string[]): void;
  wait(): Promise<void>;
  close(): void;
}

export function createFileWatcher(signal: AbortSignal, quietMs = 25): FileWatcher {
  const watchers = new Map<string, FSWatcher>();
  let names = new Map<string, Set<string>>();
  let changed = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.resolve(), quietMs);
  };
  const close = () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
    changed.resolve();
  };
  signal.addEventListener("abort", close, { once: true });
  return {
    watch(files) {
      names = new Map();
      for (const file of files) {
        const folder = dirname(file);
        names.set(folder, (names.get(folder) ?? new Set()).add(basename(file)));
        if (watchers.has(folder)) continue;
        // The folder stays watched when its files are no longer asked for: their names are looked up.
        watchers.set(
          folder,
          watch(folder, (_event, name) => {
            if (name === null || names.get(folder)?.has(name) === true) tell();
          }),
        );
      }
    },
    async wait() {
      if (!signal.aborted) await changed.promise;
      changed = Promise.withResolvers<void>();
    },
    close,
  };
}
