import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";

/**
 * Takes one file out of a zip archive (APPNOTE 6.3, without zip64, encryption and split archives): a wheel is one,
 * and not every machine has an unzip. What is read is never trusted: the caller has checked the archive's hash.
 */
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
/** The end record: 22 bytes and a comment of at most 65,535. */
const TAIL_BYTES = 22 + 65_535;

interface Entry {
  name: string;
  isDeflated: boolean;
  compressedBytes: number;
  headerAt: number;
}

/** @throws Error where the archive is damaged or has no entry of that name. */
export async function extractZipEntry(archive: string, name: string, target: string): Promise<void> {
  const file = await open(archive, "r");
  try {
    const entry = (await readDirectory(file)).find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`${archive} has no ${name}`);
    const start = await findData(file, entry);
    const source = file.createReadStream({ start, end: start + entry.compressedBytes - 1, autoClose: false });
    const sink = createWriteStream(target, { mode: 0o755 });
    if (entry.isDeflated) await pipeline(source, createInflateRaw(), sink);
    else await pipeline(source, sink);
  } finally {
    await file.close();
  }
}

async function readDirectory(file: FileHandle): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error("not a zip archive, or one that was cut off");
  const count = tail.readUInt16LE(end + 10);
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count;) {
    if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY)
      throw new Error("the zip archive's directory is damaged");
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameBytes),
      isDeflated: directory.readUInt16LE(at + 10) === 8,
      compressedBytes: directory.readUInt32LE(at + 20),
      headerAt: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** The local header's name and extra field have lengths of their own, which may differ from the directory's. */
async function findData(file: FileHandle, entry: Entry): Promise<number> {
  const header = await readAt(file, entry.headerAt, LOCAL_HEADER_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_ENTRY) throw new Error("the zip archive's entry is damaged");
  return entry.headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error("the zip archive was cut off");
  return buffer;
}
