/** Named by a contract whose types are imported; the runtime has its own class of this name. */
declare interface AbortSignal {
  readonly aborted: boolean;
}

/**
 * A module that is required is evaluated when that line is reached for the first time, so what a step does not
 * use costs it nothing. esbuild turns the calls into functions of the one script that every isolate runs.
 */
declare function require(path: "./abort.ts"): typeof import("./abort.ts");
declare function require(path: "./base64.ts"): typeof import("./base64.ts");
declare function require(path: "./blob.ts"): typeof import("./blob.ts");
declare function require(path: "./codec-streams.ts"): typeof import("./codec-streams.ts");
declare function require(path: "./console.ts"): typeof import("./console.ts");
declare function require(path: "./crypto.ts"): typeof import("./crypto.ts");
declare function require(path: "./dom-exception.ts"): typeof import("./dom-exception.ts");
declare function require(path: "./events.ts"): typeof import("./events.ts");
declare function require(path: "./fetch.ts"): typeof import("./fetch.ts");
declare function require(path: "./form-data.ts"): typeof import("./form-data.ts");
declare function require(path: "./headers.ts"): typeof import("./headers.ts");
declare function require(path: "./multipart.ts"): typeof import("./multipart.ts");
declare function require(path: "./performance.ts"): typeof import("./performance.ts");
declare function require(path: "./permissions.ts"): typeof import("./permissions.ts");
declare function require(path: "./request.ts"): typeof import("./request.ts");
declare function require(path: "./response.ts"): typeof import("./response.ts");
declare function require(path: "./state.ts"): typeof import("./state.ts");
declare function require(path: "./streams.ts"): typeof import("./streams.ts");
declare function require(path: "./structured-clone.ts"): typeof import("./structured-clone.ts");
declare function require(path: "./subtle.ts"): typeof import("./subtle.ts");
declare function require(path: "./text-coding.ts"): typeof import("./text-coding.ts");
declare function require(path: "./trigger-body.ts"): typeof import("./trigger-body.ts");
declare function require(path: "./url.ts"): typeof import("./url.ts");
declare function require(path: "./url-pattern.ts"): typeof import("./url-pattern.ts");
declare function require(path: "./url-search-params.ts"): typeof import("./url-search-params.ts");
