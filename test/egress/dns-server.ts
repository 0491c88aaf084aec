import { createSocket } from "node:dgram";

export interface DnsServer {
  /** `127.0.0.1:port` */
  address: string;
  /** Every question, as `A name` or `AAAA name`. */
  questions: string[];
  stop(): Promise<void>;
}

const TYPES: Record<number, string> = { 1: "A", 28: "AAAA" };
const NO_SUCH_NAME = 3;

/** A name server over UDP: `records` has the addresses by `A name` and `AAAA name`, IPv6 as 32 hex digits. */
export async function startDnsServer(records: Record<string, string[]>): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    const question = `${TYPES[type]} ${name}`;
    questions.push(question);
    const isKnown = Object.keys(records).some((key) => key.endsWith(` ${name}`));
    const answers = (records[question] ?? []).map((value) => answerOf(type, value));
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(isKnown ? 0x8180 : 0x8180 | NO_SUCH_NAME, 2);
    header.writeUInt16BE(answers.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerOf(type: number, value: string): Buffer {
  const data = type === 1 ? Buffer.from(value.split(".").map(Number)) : Buffer.from(value, "hex");
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, data]);
}
