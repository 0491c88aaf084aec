import { decodeFrame, DISPATCH_GLOBAL, STILL_GLOBAL, type GuestDispatch } from "../protocol.ts";
import { atob, btoa } from "./base64.ts";
import { install, installLazily } from "./install.ts";
import { findStep, sendDefinition, takeIntegration } from "./integration.ts";
import { removeHazards } from "./prelude.ts";
import { reportError } from "./report-error.ts";
import { runStep, takeInputs } from "./step.ts";
import { stillClock } from "./still-clock.ts";
import { fireTimer, timerFunctions } from "./timers.ts";
import { webPlatform } from "./web-platform.ts";

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
install({ ...timerFunctions, self: globalThis, atob, btoa, reportError });
installLazily(
  webPlatform(
    still === undefined ? undefined : { nowMs: still.nowMs, random: stillClock(still.nowMs, still.seed) },
  ),
);

function dispatch(text: string): void {
  const { header, parts } = decodeFrame(text);
  const message = header as GuestDispatch; // written by the cell, which the guest has to trust
  switch (message.op) {
    case "step":
      takeInputs(message, parts);
      return void runStep(() => findStep(message), message);
    case "fetched":
      return require("./fetch.ts").settleFetch(message);
    case "timer":
      return fireTimer(message.id);
    case "subtle":
      return require("./subtle.ts").settleSubtle(message, parts[0] ?? "");
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
      reportError(thrown);
    } catch {
      // Built-ins that an author has broken, under the runtime too: what they throw must not leave either.
    }
  }
};
