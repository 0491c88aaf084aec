import { decodeFrame, DISPATCH_GLOBAL, STILL_GLOBAL, type GuestDispatch } from "../protocol.ts";
import { send } from "./bridge.ts";
import { guestConsole, writeLog } from "./console.ts";
import { createCrypto } from "./crypto.ts";
import { DOMException } from "./dom-exception.ts";
import { atob, btoa, TextDecoder, TextEncoder } from "./encoding.ts";
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from "./events.ts";
import { fetch, settleFetch } from "./fetch.ts";
import { Headers } from "./headers.ts";
import { install } from "./install.ts";
import { findStep, sendDefinition, takeIntegration } from "./integration.ts";
import { removeHazards } from "./prelude.ts";
import { Request } from "./request.ts";
import { Response } from "./response.ts";
import { runStep, takeInputs } from "./step.ts";
import { stillClock } from "./still-clock.ts";
import { structuredClone } from "./structured-clone.ts";
import { fireTimer, timerFunctions } from "./timers.ts";
import { URL } from "./url.ts";
import { URLSearchParams } from "./url-search-params.ts";

/**
 * The first code of every isolate: takes the bridge, removes what is dangerous, installs the web APIs, and
 * leaves `dispatch` for the cell. A cell that reads a definition puts `STILL_GLOBAL` on the global first.
 */
const scope = globalThis as Record<string, unknown>; // read and cleaned by name
const stillText = scope[STILL_GLOBAL]; // put there by the cell
const still =
  typeof stillText === "string" ? (JSON.parse(stillText) as { nowMs: number; seed: number }) : undefined;
delete scope[STILL_GLOBAL];

removeHazards();
const random = still === undefined ? undefined : stillClock(still.nowMs, still.seed);

install({
  ...timerFunctions,
  console: guestConsole,
  crypto: createCrypto(random),
  performance: {
    now: () => (still === undefined ? Number(send("now", "")) : 0),
    timeOrigin: still?.nowMs ?? Date.now(),
  },
  self: globalThis,
  atob,
  btoa,
  structuredClone,
  fetch,
  Headers,
  Request,
  Response,
  URL,
  URLSearchParams,
  TextDecoder,
  TextEncoder,
  DOMException,
  Event,
  CustomEvent,
  EventTarget,
  AbortController,
  AbortSignal,
});

function dispatch(text: string): void {
  const { header, parts } = decodeFrame(text);
  const message = header as GuestDispatch; // written by the cell, which the guest has to trust
  switch (message.op) {
    case "step":
      takeInputs(message, parts);
      return void runStep(() => findStep(message), message);
    case "fetched":
      return settleFetch(message);
    case "timer":
      return fireTimer(message.id);
    case "ready":
      return takeIntegration();
    case "definition":
      return sendDefinition(message.outputCharacters);
  }
}

/** A thrown value never leaves the isolate: what a timer's callback throws is a line of the log. */
scope[DISPATCH_GLOBAL] = (text: string) => {
  try {
    dispatch(text);
  } catch (thrown) {
    try {
      writeLog("error", ["Uncaught", thrown]);
    } catch {
      // Built-ins that an author has broken, under the runtime too: what they throw must not leave either.
    }
  }
};
