import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openEgress } from "#main/open-egress.ts";
import { OneWay, pem, textOf } from "./one-way.ts";

/** A local authority signs `ledger.test`; time and again something about it is wrong. */
let way: OneWay;
const ca = pem("ca-cert");
const resolve = () => Promise.resolve(["127.0.0.1"]);
const pairOf = (name: string) => ({ cert: pem(`${name}-cert`), key: pem(`${name}-key`) });

beforeEach(() => {
  way = new OneWay({ resolve, ca });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await way.stop();
});

test("the operator's authority is trusted, beside Node's own", async () => {
  const port = await way.serveTls(pairOf("server"));
  expect(textOf(await way.fetch(`https://ledger.test:${port}/`))).toBe("hello");
  expect(textOf(await way.fetch(`https://eu.ledger.test:${port}/`))).toBe("hello");
});

test.each([
  { what: "another host", pair: "server", host: "other.test", code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  { what: "an address for a name", pair: "server", host: "127.0.0.1", code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  { what: "two levels", pair: "server", host: "a.b.ledger.test", code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  { what: "an expired certificate", pair: "expired", host: "ledger.test", code: "CERT_HAS_EXPIRED" },
  {
    what: "one that signed itself",
    pair: "ledger-test",
    host: "ledger.test",
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  },
])("$what is refused", async ({ pair, host, code }) => {
  const port = await way.serveTls(pairOf(pair));
  await expect(way.fetch(`https://${host}:${port}/`)).rejects.toThrow(
    `${host}:${port}: TLS failed with ${code}`,
  );
  expect(way.requests).toEqual([]);
});

test("an authority that the operator did not name is refused", async () => {
  await way.use({ resolve });
  const port = await way.serveTls(pairOf("server"));
  await expect(way.fetch(`https://ledger.test:${port}/`)).rejects.toThrow("TLS failed with");
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 switches nothing off", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const port = await way.serveTls(pairOf("expired"));
  await expect(way.fetch(`https://ledger.test:${port}/`)).rejects.toThrow("CERT_HAS_EXPIRED");
});

test("a server without TLS is not spoken to in the clear", async () => {
  const port = await way.serve();
  await expect(way.fetch(`https://ledger.test:${port}/`)).rejects.toThrow(/TLS failed|connection/);
  expect(way.requests).toEqual([]);
});

test("a file of authorities that cannot be used is named at start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "egress-ca-"));
  const open = async (text: string) => {
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, text);
    return openEgress({ caFile, proxy: undefined });
  };
  try {
    await (await open(`# ours\n${ca}\n${pem("ledger-test-cert")}`)).stop();
    await expect(open("nothing")).rejects.toThrow(/MILLRACE_CA_FILE: .*ca\.pem holds no certificate/);
    await expect(open(pem("server-key"))).rejects.toThrow("holds no certificate");
    await expect(open(ca.replace(/[A-Z]{3}/, "!!!"))).rejects.toThrow(/no certificate|damaged/);
    await expect(openEgress({ caFile: join(folder, "none"), proxy: undefined })).rejects.toMatchObject({
      code: "engine/config",
      message: expect.stringContaining("cannot be read") as string,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
