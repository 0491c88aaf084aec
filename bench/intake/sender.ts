/**
 * The load generator of the intake benchmark: HTTP/1.1 over raw sockets, in a process of its own.
 * Closed loop: each connection sends when it has its answer. Open loop: requests are due at a fixed rate whatever
 * happens, and their latency counts from when they were due.
 */
import { connect, type Socket } from "node:net";

export interface Load {
  port: number;
  /** All but the id of the delivery; `{id}` stands for it. */
  head: string;
  /** Base64. */
  body: string;
  connections: number;
  seconds: number;
  /** Requests per second; undefined: closed loop. */
  rate?: number;
  /** Makes the ids of this load different from all others. */
  prefix: string;
}
export interface LoadResult {
  acknowledged: number;
  refused: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
  cpuMs: number;
}

interface Lane {
  socket: Socket;
  sentAt: number;
  rest: string;
}

async function run(load: Load): Promise<LoadResult> {
  const body = Buffer.from(load.body, "base64");
  const [before = "", after = ""] = load.head.split("{id}");
  const latencies: number[] = [];
  const idle: Lane[] = [];
  const due: number[] = [];
  let [acknowledged, refused, next, done] = [0, 0, 0, false];
  const cpu = process.cpuUsage();
  const small = body.length < 4096 ? body.toString("latin1") : undefined;

  const send = (lane: Lane, dueAt: number) => {
    lane.sentAt = dueAt;
    const head = `${before}${load.prefix}${next++}${after}`;
    if (small !== undefined) lane.socket.write(head + small, "latin1");
    else {
      lane.socket.cork();
      lane.socket.write(head, "latin1");
      lane.socket.write(body);
      lane.socket.uncork();
    }
  };
  const onData = (lane: Lane, chunk: Buffer) => {
    lane.rest += chunk.toString("latin1");
    const end = lane.rest.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(lane.rest)?.[1] ?? 0);
    if (lane.rest.length < end + 4 + length) return;
    if (lane.rest.startsWith("HTTP/1.1 202")) acknowledged += 1;
    else refused += 1;
    lane.rest = "";
    const now = performance.now();
    latencies.push(now - lane.sentAt);
    if (done) return;
    if (load.rate === undefined) return send(lane, now);
    const dueAt = due.shift();
    if (dueAt === undefined) idle.push(lane);
    else send(lane, dueAt);
  };
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
      const lane: Lane = { socket, sentAt: 0, rest: "" };
      socket.on("data", (chunk: Buffer) => onData(lane, chunk));
      socket.on("error", () => (refused += 1));
      await new Promise<void>((resolve) => {
        socket.once("connect", resolve);
      });
      idle.push(lane);
    }),
  );
  const began = performance.now();
  let offered = 0;
  if (load.rate === undefined) for (const lane of idle.splice(0)) send(lane, performance.now());
  const { rate } = load;
  const ticker =
    rate === undefined
      ? undefined
      : setInterval(() => {
          const now = performance.now();
          for (; offered < ((now - began) / 1000) * rate; offered += 1) {
            const dueAt = began + (offered / rate) * 1000;
            const lane = idle.pop();
            if (lane === undefined) due.push(dueAt);
            else send(lane, dueAt);
          }
        }, 1);
  await new Promise<void>((resolve) => {
    setTimeout(resolve, load.seconds * 1000);
  });
  done = true;
  clearInterval(ticker);
  const seconds = (performance.now() - began) / 1000;
  // What was due and never sent waited at least until now: left out it would flatter the tail.
  for (const dueAt of due) latencies.push(performance.now() - dueAt);
  const counted = { acknowledged, refused };
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 300);
  });
  for (const lane of idle) lane.socket.destroy();
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((one, other) => one - other);
  const at = (part: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return { ...counted, seconds, p50: at(0.5), p99: at(0.99), max: at(1), cpuMs: (user + system) / 1000 };
}

process.on("message", (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit());
