import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * AES-256-GCM with a random 96-bit iv. A box is `iv (12) | tag (16) | ciphertext`. What stands around it (a
 * header, a row's identity) goes in as associated data, so that a box cannot be moved.
 */
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function sealBox(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
}

/** Undefined where key, associated data or any bit of the box is another. */
export function openBox(key: Uint8Array, box: Uint8Array, associated: Uint8Array): Buffer | undefined {
  if (box.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated).setAuthTag(box.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const head = decipher.update(box.subarray(IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([head, decipher.final()]);
  } catch {
    // Node has one error for every mismatch, and it says nothing: the caller knows what it tried to open.
    return undefined;
  }
}

/** Parts with their lengths before them, so that no two lists of parts have the same bytes. */
export function associatedData(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
