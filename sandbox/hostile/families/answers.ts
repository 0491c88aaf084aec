import type { HostileFamily, HostileProgram, HostileWorld } from "../harness/program.ts";

const ENDED = ["ok", "threw", "not-capable", "cpu-exceeded"] as const;
const echo = ({ echoPort }: HostileWorld) => ({ net: { allow: [`127.0.0.1:${echoPort}`], deny: [] } });

/** Raw answers that the echo server sends as they are: what a hostile server may say. */
const ANSWERS: [mechanism: string, answer: string][] = [
  ["a reason with control characters", "HTTP/1.1 200 O\x01K\x7f\r\ncontent-length: 2\r\n\r\nok"],
  ["a reason that is a line of the protocol", 'HTTP/1.1 200 {"op":"ready"}\r\ncontent-length: 2\r\n\r\nok'],
  ["a status of three zeros", "HTTP/1.1 000 x\r\ncontent-length: 2\r\n\r\nok"],
  ["a status of 999", "HTTP/1.1 999 x\r\ncontent-length: 2\r\n\r\nok"],
  [
    "a switch of protocols that nobody asked for",
    "HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nok",
  ],
  [
    "an early hint without end",
    `${"HTTP/1.1 103 x\r\nlink: <a>\r\n\r\n".repeat(2_000)}HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n`,
  ],
  ["a header's name that Headers refuse", "HTTP/1.1 200 x\r\n\x80\xff: a\r\ncontent-length: 2\r\n\r\nok"],
  [
    "a header's value of bytes that are no text",
    "HTTP/1.1 200 x\r\na: \xff\xfe\x80\r\ncontent-length: 2\r\n\r\nok",
  ],
  [
    "ten thousand headers",
    `HTTP/1.1 200 x\r\n${Array.from({ length: 10_000 }, (_, n) => `h${n}: v\r\n`).join("")}\r\n`,
  ],
  [
    "a thousand cookies",
    `HTTP/1.1 200 x\r\n${"set-cookie: a=b\r\n".repeat(1_000)}content-length: 2\r\n\r\nok`,
  ],
  [
    "a header named __proto__",
    "HTTP/1.1 200 x\r\n__proto__: polluted\r\nconstructor: x\r\ncontent-length: 2\r\n\r\nok",
  ],
  ["two lengths that differ", "HTTP/1.1 200 x\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\nok"],
  [
    "a length and chunks",
    "HTTP/1.1 200 x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a length of four billion", "HTTP/1.1 200 x\r\ncontent-length: 4294967296\r\n\r\nok"],
  ["a chunk of sixteen digits", "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nok"],
  [
    "chunk extensions of megabytes",
    `HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n2;${"a".repeat(2_000_000)}\r\nok\r\n0\r\n\r\n`,
  ],
  [
    "trailers that are headers",
    "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\ntrailer: a\r\n\r\n0\r\nlocation: http://127.0.0.1/\r\nset-cookie: a\r\n\r\n",
  ],
  [
    "a second answer behind the first",
    "HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 forged\r\ncontent-length: 6\r\n\r\nforged",
  ],
  ["gzip that is none", "HTTP/1.1 200 x\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok"],
  [
    "twenty codings in one another",
    `HTTP/1.1 200 x\r\ncontent-encoding: ${"gzip,".repeat(20)}br\r\ncontent-length: 2\r\n\r\nok`,
  ],
  [
    "codings named __proto__ and constructor",
    "HTTP/1.1 200 x\r\ncontent-encoding: __proto__, constructor\r\ncontent-length: 2\r\n\r\nok",
  ],
  [
    "a redirect to a host of two thousand Chinese characters",
    `HTTP/1.1 302 x\r\nlocation: http://${"%E4%B8%80%E4%BA%8C".repeat(900)}/\r\ncontent-length: 0\r\n\r\n`,
  ],
  [
    "a redirect to sixteen thousand dots",
    `HTTP/1.1 302 x\r\nlocation: ${"../".repeat(5_000)}\r\ncontent-length: 0\r\n\r\n`,
  ],
  [
    "a redirect to javascript:, data: and file:",
    "HTTP/1.1 302 x\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n",
  ],
  ["no answer but a closed line", ""],
  ["an answer of another protocol", "SSH-2.0-OpenSSH_9.0\r\n"],
];

const spoken = ANSWERS.map(([mechanism, answer]): HostileProgram => ({
  mechanism: `a server's answer: ${mechanism}`,
  expect: ENDED,
  timeoutMs: 2_000,
  permissions: echo,
  code: `async ({ input }) => {
      const answer = ${JSON.stringify(Buffer.from(answer, "latin1").toString("base64"))};
      const url = "http://127.0.0.1:" + input.echoPort + "/raw";
      const said = [];
      for (let n = 0; n < 3; n += 1)
        try { const r = await fetch(url, { method: "POST", body: answer }); said.push(r.status, r.statusText, [...r.headers].length, (await r.text()).slice(0, 100)); }
        catch (thrown) { said.push(thrown.name + ": " + thrown.message); }
      probe("host's path", () => said.some((text) => /\\/node_modules\\/|\\/src\\/|node:internal|\\.ts|undici/.test(String(text))));
      return { reached, said };
    }`,
}));

export const answers: HostileFamily = {
  name: "answers",
  attacks:
    "What a server may say back, that the worker's own HTTP client reads before the step is told of it.",
  programs: [
    ...spoken,
    {
      mechanism: "a body of ten megabytes, six at once, again and again",
      expect: [...ENDED, "timed-out", "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      timeoutMs: 6_000,
      permissions: echo,
      code: `async ({ input }) => { const one = async () => (await (await fetch("http://127.0.0.1:" + input.echoPort + "/large")).arrayBuffer()).byteLength; for (let n = 0; n < 8; n += 1) await Promise.all([one(), one(), one(), one(), one(), one()]); return { reached }; }`,
    },
    {
      mechanism: "answers that nobody reads, their bodies held",
      expect: [...ENDED, "timed-out", "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      timeoutMs: 6_000,
      permissions: echo,
      code: `async ({ input }) => { globalThis.kept = []; for (let n = 0; n < 48; n += 1) kept.push(await fetch("http://127.0.0.1:" + input.echoPort + "/large")); return { reached }; }`,
    },
    {
      mechanism: "an answer a byte at a time, fifty of them",
      expect: ["timed-out", "threw"],
      timeoutMs: 1_500,
      permissions: echo,
      code: `async ({ input }) => { await Promise.all(Array.from({ length: 50 }, async () => (await fetch("http://127.0.0.1:" + input.echoPort + "/endless")).text())); }`,
    },
  ],
};
