import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalFetch } from "./local-fetch.ts";

interface Recording {
  request: { method: string; url: string; body: string };
  response: { status: number; headers: [string, string][]; body: string };
}

/** Never kept: a recording is committed beside the test. Request headers are left out altogether. */
const LEFT_OUT = new Set([
  "set-cookie",
  "date",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
]);

/**
 * Answers requests from a file of recorded ones, each once, in the order of the file among those with the same method, URL
 * and body. Where there is no file, requests go out by `fetch` and are recorded: delete the file to record anew. Look
 * through it before you commit it: bodies are kept as they are.
 *
 * @throws TypeError inside the step, for a request that was not recorded
 */
export async function recordedFetch(
  file: string | URL,
  fetch: LocalFetch = (request) => globalThis.fetch(request),
): Promise<LocalFetch> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? record(path, fetch) : replay(path, JSON.parse(text) as Recording[]); // our own file
}

function replay(path: string, recordings: Recording[]): LocalFetch {
  const left = [...recordings];
  return async (request) => {
    const body = await request.text();
    const at = left.findIndex(
      ({ request: { method, url, body: sent } }) =>
        method === request.method && url === request.url && sent === body,
    );
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found === undefined)
      throw new TypeError(
        `${request.method} ${request.url} with this body is not (any more) in ${path}; delete the file to record anew`,
      );
    const { status, headers, body: answer } = found.response;
    return new Response(isBodiless(status) ? null : answer, { status, headers });
  };
}

function record(path: string, fetch: LocalFetch): LocalFetch {
  const recordings: Recording[] = [];
  let writing = Promise.resolve();
  return async (request) => {
    const { method, url } = request;
    const sent = await request.clone().text();
    const response = await fetch(request);
    const body = await response.clone().text();
    const headers = [...response.headers].filter(([name]) => !LEFT_OUT.has(name));
    recordings.push({
      request: { method, url, body: sent },
      response: { status: response.status, headers, body },
    });
    const json = `${JSON.stringify(recordings, null, 2)}\n`;
    writing = writing.then(async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, json);
    });
    await writing;
    return response;
  };
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
