import type * as UrlPatternLibrary from "./libraries/url-pattern.ts";
import { loadLibrary } from "./library.ts";

const library = loadLibrary("url-pattern") as typeof UrlPatternLibrary; // of that name

export const { URLPattern } = library;
