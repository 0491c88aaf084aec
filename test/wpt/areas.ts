/**
 * What of the Web Platform Tests is run, and what cannot apply to a runtime without documents, workers and a
 * page's origin. A file that is left out has its reason here; one that is run and fails has it in
 * `expectations.json`.
 */
export interface Area {
  name: string;
  /** Folders of the checkout, with their sub-folders. */
  folders: string[];
}

export const AREAS: readonly Area[] = [
  { name: "url", folders: ["url"] },
  { name: "encoding", folders: ["encoding"] },
  { name: "streams", folders: ["streams"] },
  { name: "dom/abort", folders: ["dom/abort"] },
  { name: "dom/events", folders: ["dom/events"] },
  { name: "fetch/headers", folders: ["fetch/api/headers"] },
  { name: "fetch/request", folders: ["fetch/api/request"] },
  { name: "fetch/response", folders: ["fetch/api/response"] },
  { name: "fetch/body", folders: ["fetch/api/body"] },
  { name: "FileAPI", folders: ["FileAPI"] },
  { name: "WebCryptoAPI", folders: ["WebCryptoAPI"] },
  { name: "hr-time", folders: ["hr-time"] },
  { name: "user-timing", folders: ["user-timing"] },
  { name: "console", folders: ["console"] },
  { name: "webidl", folders: ["webidl"] },
  { name: "html/webappapis", folders: ["html/webappapis"] },
];

interface Exclusion {
  pattern: RegExp;
  reason: string;
}

const EXCLUSIONS: readonly Exclusion[] = [
  { pattern: /shadowrealm/, reason: "needs ShadowRealm" },
  { pattern: /\.worker\.js$/, reason: "needs workers" },
  // Of the tests for windows, this one alone needs none.
  { pattern: /^(?!url\/IdnaTestV2).*\.window\.js$/, reason: "needs a document, frames or windows" },
  { pattern: /^streams\/transferable\//, reason: "needs postMessage between realms" },
  { pattern: /^FileAPI\/url\//, reason: "needs blob: URLs of a page" },
  { pattern: /^FileAPI\/(reading-data-section|FileReader)/, reason: "FileReader is a browser's" },
  { pattern: /send-file-formdata/, reason: "needs the tests' own server" },
  { pattern: /request-cache-/, reason: "an HTTP cache is a browser's" },
  { pattern: /request-(error|keepalive)\.any|response-blob-realm/, reason: "needs a document or frames" },
  {
    pattern: /(replacement-encodings|unsupported-encodings)\.any/,
    reason: "needs XMLHttpRequest and a server",
  },
  { pattern: /WebCryptoAPI.*pbkdf2\.https\.any/, reason: "takes minutes of CPU: 9,000 derivations" },
  { pattern: /WebCryptoAPI.*historical\.any/, reason: "is for pages without https" },
  { pattern: /non-transferable-buffers|decode-utf8\.any/, reason: "needs WebAssembly or shared memory" },
  { pattern: /(forbidden-method|headers-no-cors)\.any\.js$/, reason: "rules for pages of a browser" },
];

/** Why a file is not run; undefined where it is. */
export function exclusionOf(path: string): string | undefined {
  return EXCLUSIONS.find(({ pattern }) => pattern.test(path))?.reason;
}
