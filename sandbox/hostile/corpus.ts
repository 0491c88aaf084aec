import { addresses } from "./families/addresses.ts";
import { bridge } from "./families/bridge.ts";
import { buffers } from "./families/buffers.ts";
import { builtins } from "./families/builtins.ts";
import { bundles } from "./families/bundles.ts";
import { constructors } from "./families/constructors.ts";
import { containers } from "./families/containers.ts";
import { cryptography } from "./families/crypto.ts";
import { errors } from "./families/errors.ts";
import { json } from "./families/json.ts";
import { loops } from "./families/loops.ts";
import { neighbours } from "./families/neighbours.ts";
import { numbers } from "./families/numbers.ts";
import { outputs } from "./families/outputs.ts";
import { promises } from "./families/promises.ts";
import { prototypes } from "./families/prototypes.ts";
import { regularExpressions } from "./families/regular-expressions.ts";
import { requests } from "./families/requests.ts";
import { strings } from "./families/strings.ts";
import { timers } from "./families/timers.ts";
import { calendars } from "./families/calendars.ts";
import { collector } from "./families/collector.ts";
import { parsers } from "./families/parsers.ts";
import { state } from "./families/state.ts";
import { streams } from "./families/streams.ts";
import { answers } from "./families/answers.ts";
import type { HostileFamily } from "./harness/program.ts";

/** Every program that `millrace sandbox verify` runs; what each family is after stands in its own file. */
export const CORPUS: readonly HostileFamily[] = [
  loops,
  promises,
  containers,
  strings,
  numbers,
  regularExpressions,
  json,
  builtins,
  buffers,
  errors,
  prototypes,
  constructors,
  bridge,
  cryptography,
  timers,
  outputs,
  addresses,
  requests,
  neighbours,
  bundles,
  calendars,
  collector,
  streams,
  parsers,
  state,
  answers,
];
