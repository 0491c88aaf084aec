/** Why the failures that are expected are failures: the first pattern that fits `file: name of the test`. */
const REASONS: readonly [pattern: RegExp, reason: string][] = [
  [/SharedArrayBuffer/, "the sandbox has no shared memory: its growth escapes an isolate's limit"],
  [/XMLHttpRequest/, "XMLHttpRequest is a browser's"],
  [/^FileAPI\/blob\//, "these read the blob by FileReader, which is a browser's"],
  [/MessagePort|detached output buffer/, "there is nobody to send a message to"],
  [/^url\//, "as Node's own URL answers, which parses for the isolate: its rules are newer than the files"],
  [
    /idlharness/,
    "a library's or a lazily made class differs in a name, a length or the error of a misused method",
  ],
  [
    /namespace\.any|DOMException-constructor-and-prototype/,
    "a global is a getter until its first use: it costs nothing before",
  ],
  [/request-bad-port/, "which ports may be asked is decided by permissions, not by a list of browsers"],
  [
    /(request-headers|header-setcookie)\.any/,
    "header rules for pages of a browser: a server sends these headers",
  ],
  [/mime-type\.any/, "the file passes the headers as a third argument, which no constructor takes"],
  [
    /(request|response)-consume-empty\.any/,
    "an empty form is written with its closing boundary, as Node does",
  ],
  [/request-disturbed\.any/, "a body that is replaced is left alone, as in today's standard"],
  [
    /(response-cancel-stream|response-clone|header-values|header-values-normalize)\.any/,
    "needs a program of the tests' own server",
  ],
  [
    /response-stream-with-broken-then/,
    "a promise of the library looks up `then` on Object.prototype: only the author's own code can put it there",
  ],
  [/async-iterator\.any/, "the library makes its own prototype of async iterators"],
  [/transform-streams\//, "web-streams-polyfill follows a later text of the standard than the file"],
  [/queue-microtask-exceptions/, "an uncaught error is a line of the log, not an event of the global"],
  [/^user-timing\//, "there is no PerformanceObserver, which these wait for"],
];

export function reasonOf(id: string, name: string): string | undefined {
  const text = `${id}: ${name}`;
  return REASONS.find(([pattern]) => pattern.test(text))?.[1];
}
