import { send } from "./bridge.ts";
import { DOMException } from "./dom-exception.ts";
import { bytesFromBase64, bytesOf } from "./encoding.ts";

const MOST_BYTES = 65_536;
type Fill = (bytes: Uint8Array) => void;

/** `crypto` with the cell's randomness, or a seeded one while a definition is read. */
export function createCrypto(random?: () => number): object {
  const fill: Fill =
    random === undefined
      ? (bytes) => bytes.set(bytesFromBase64(send("random", String(bytes.byteLength))))
      : (bytes) => bytes.forEach((_byte, at) => (bytes[at] = Math.floor(random() * 256)));

  return {
    getRandomValues<View extends ArrayBufferView>(view: View): View {
      if (view.byteLength > MOST_BYTES)
        throw new DOMException(`At most ${MOST_BYTES} random bytes at once`, "QuotaExceededError");
      if (view.byteLength > 0) fill(bytesOf(view));
      return view;
    },
    randomUUID: () => (random === undefined ? send("uuid", "") : uuidFrom(fill)),
  };
}

function uuidFrom(fill: Fill): string {
  const bytes = new Uint8Array(16);
  fill(bytes);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
