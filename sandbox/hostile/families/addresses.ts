import type { HostileFamily, HostileProgram } from "../harness/program.ts";

/** Each spelling leads to this machine, where the canary's server listens, or to a network's own services. */
const SPELLINGS: [mechanism: string, host: string][] = [
  ["the loopback by its usual address", "127.0.0.1"],
  ["the loopback in decimal", "2130706433"],
  ["the loopback in hexadecimal", "0x7f000001"],
  ["the loopback in octal", "0177.0.0.1"],
  ["the loopback with parts left out", "127.1"],
  ["the loopback in full-width digits", "１２７．０．０．１"],
  ["the loopback with ideographic full stops", "127。0。0。1"],
  ["the unspecified address", "0.0.0.0"],
  ["zero alone", "0"],
  ["another address of the loopback's network", "127.8.8.8"],
  ["localhost", "localhost"],
  ["localhost with a trailing dot", "localhost."],
  ["IPv6's loopback", "[::1]"],
  ["IPv6's loopback in full", "[0000:0000:0000:0000:0000:0000:0000:0001]"],
  ["IPv4 mapped into IPv6", "[::ffff:127.0.0.1]"],
  ["IPv4 mapped, in hexadecimal", "[::ffff:7f00:1]"],
  ["IPv4 compatible with IPv6", "[::127.0.0.1]"],
  ["NAT64 of the loopback", "[64:ff9b::7f00:1]"],
  ["6to4 of the loopback", "[2002:7f00:1::]"],
  ["a user name that looks like a host", "api.example.com@127.0.0.1"],
  ["a cloud's metadata service", "169.254.169.254"],
  ["a cloud's metadata service, IPv6", "[fd00:ec2::254]"],
  ["Azure's wire server", "168.63.129.16"],
  ["a private network", "10.0.0.1"],
  ["shared address space", "100.64.0.1"],
];

/** Names that the step may reach by its manifest; what DNS says of them is what must not be reached. */
export const HOSTILE_NAMES: Record<string, string[][]> = {
  "loopback.test": [["127.0.0.1"]],
  "loopback6.test": [["::1"]],
  "mapped.test": [["::ffff:127.0.0.1"]],
  "metadata.test": [["169.254.169.254"]],
  "mixed.test": [["192.0.2.10", "127.0.0.1"]],
  // The first question is answered with a public address, all others with this machine's.
  "rebind.test": [["192.0.2.10"], ["127.0.0.1"]],
};

const spelled = SPELLINGS.map(([mechanism, host]): HostileProgram => ({
  mechanism: `${mechanism}, not in the manifest`,
  expect: ["not-capable", "threw"],
  permissions: () => ({ net: { allow: ["*.example.com"], deny: [] } }),
  code: `({ input }) => fetch("http://${host}:" + input.canaryPort + "/")`,
}));

const named = Object.keys(HOSTILE_NAMES).map((host): HostileProgram => ({
  mechanism: `the allowed name ${host}, whose DNS answers ${(HOSTILE_NAMES[host] ?? []).join(" then ")}`,
  expect: ["not-capable", "threw"],
  timeoutMs: 2_000,
  permissions: () => ({ net: { allow: ["*.test"], deny: [] } }),
  code: `async ({ input }) => { const one = () => fetch("http://${host}:" + input.canaryPort + "/", { signal: AbortSignal.timeout(600) }); await one().catch(() => {}); return (await one()).text(); }`,
}));

export const addresses: HostileFamily = {
  name: "addresses",
  attacks:
    "The network behind the engine, by every way to write an address and by DNS that changes its mind.",
  programs: [
    ...spelled,
    ...named,
    {
      mechanism: "no permission at all",
      expect: ["not-capable"],
      code: `({ input }) => fetch("http://127.0.0.1:" + input.canaryPort + "/")`,
    },
    {
      mechanism: "other protocols: file, ftp, data, blob, ws, gopher",
      expect: ["ok"],
      permissions: () => ({ net: { allow: ["*.test"], deny: [] } }),
      code: `async ({ input }) => { for (const url of ["file://" + input.canaryFile, "ftp://loopback.test/", "blob:x", "ws://loopback.test:" + input.canaryPort + "/", "gopher://loopback.test:" + input.canaryPort + "/", "unix:/var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"]) { try { await fetch(url); reached.push(url); } catch {} } return { reached }; }`,
    },
  ],
};
