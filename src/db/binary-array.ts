/**
 * Postgres' binary form of one-dimensional arrays, for `unnest` of many rows: one Buffer per column costs a third of
 * the text form to make and to parse. Layout: dimensions, has-null, element type, length, lower bound, then each
 * element's length and bytes. Source: `array_recv` in Postgres' arrayfuncs.c.
 */
const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, uuid: 2950 } as const;
const HEADER_BYTES = 20;
const NULL = -1;

function writeHeader(target: Buffer, oid: number, count: number): void {
  target.writeInt32BE(1, 0);
  target.writeInt32BE(1, 4);
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(count, 12);
  target.writeInt32BE(1, 16);
}

/** `at(index)` is a buffer and the offset of 16 bytes in it; undefined is NULL. */
export function uuidArray(
  count: number,
  at: (index: number) => { bytes: Uint8Array; offset: number } | undefined,
): Buffer {
  const target = Buffer.allocUnsafe(HEADER_BYTES + count * 20);
  writeHeader(target, OID.uuid, count);
  let end = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const source = at(index);
    end = target.writeInt32BE(source === undefined ? NULL : 16, end);
    if (source === undefined) continue;
    target.set(source.bytes.subarray(source.offset, source.offset + 16), end);
    end += 16;
  }
  return target.subarray(0, end);
}

export function textArray(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const target = Buffer.allocUnsafe(HEADER_BYTES + lengths.reduce((sum, length) => sum + 4 + length, 0));
  writeHeader(target, OID.text, values.length);
  let end = HEADER_BYTES;
  values.forEach((value, index) => {
    end = target.writeInt32BE(lengths[index] ?? 0, end);
    end += target.write(value, end, "utf8");
  });
  return target;
}

export function byteaArray(values: readonly Uint8Array[]): Buffer {
  const bytes = values.reduce((sum, value) => sum + 4 + value.length, 0);
  const target = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  writeHeader(target, OID.bytea, values.length);
  let end = HEADER_BYTES;
  for (const value of values) {
    end = target.writeInt32BE(value.length, end);
    target.set(value, end);
    end += value.length;
  }
  return target;
}

export function integerArray(type: "int2" | "int4" | "int8", values: readonly number[]): Buffer {
  const size = { int2: 2, int4: 4, int8: 8 }[type];
  const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + size));
  writeHeader(target, OID[type], values.length);
  let end = HEADER_BYTES;
  for (const value of values) {
    end = target.writeInt32BE(size, end);
    if (type === "int2") end = target.writeInt16BE(value, end);
    else if (type === "int4") end = target.writeInt32BE(value, end);
    else end = target.writeBigInt64BE(BigInt(value), end);
  }
  return target;
}

/** The 16 bytes of ids in their text form, one after another. */
export function uuidBytes(...ids: string[]): Buffer {
  return Buffer.from(ids.join("").replaceAll("-", ""), "hex");
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
