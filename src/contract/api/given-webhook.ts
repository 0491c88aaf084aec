import { z } from "zod";
import { storable } from "./fields.ts";

/** Parts of a webhook that a caller makes up. Names of headers: RFC 9110, 5.6.2. */
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,200}$/, "must be the name of a header");
const headerValue = storable.max(10_000).regex(/^[^\r\n]*$/, "must be one line");
export const givenHeaders = z.record(headerName, headerValue).default({});

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const isEncodedBody = ({ encoding, body }: { encoding: "utf8" | "base64"; body: string }): boolean =>
  encoding === "utf8" || BASE64.test(body);
export const NOT_ENCODED = { path: ["body"], error: "must be base64, as encoding says" };
