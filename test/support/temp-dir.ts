import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new folder that goes when the test has finished. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  // Where root runs the tests, Postgres runs as another user and has to get in.
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}
