export { labelToName, TextDecoder } from "@exodus/bytes/encoding.js";
