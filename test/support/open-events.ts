import { waitFor } from "./wait-for.ts";

export interface SeenEvent {
  event: string;
  data: Record<string, string[]>;
  atMs: number;
}

/** A reader of `/api/v1/events` that has got its first event. */
export async function openEvents(url: string, token: string, headers: Record<string, string> = {}) {
  const stopping = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: stopping.signal,
  });
  if (response.body === null || !response.ok) throw new Error(`HTTP ${response.status}`);
  const events: SeenEvent[] = [];
  let closed = false;
  const reading = read(response.body, events)
    .catch(() => {}) // by `close`
    .finally(() => {
      closed = true;
    });
  await waitFor(() => events.length > 0, { what: "the stream is open" });
  return {
    events,
    ids: (kind: string) => events.flatMap(({ data }) => data[kind] ?? []),
    isClosed: () => closed,
    async close() {
      stopping.abort();
      await reading;
    },
  };
}

async function read(body: ReadableStream<Uint8Array>, events: SeenEvent[]): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
      const event = field("event");
      if (event !== undefined)
        events.push({ event, data: JSON.parse(field("data") ?? "{}"), atMs: performance.now() });
    }
  }
}
