import type { Logger } from "pino";
import type { Db } from "#db/connect.ts";
import type { HintSender } from "#db/hints.ts";
import type { Vault } from "#vault/create-vault.ts";
import type { AwaitRequest } from "./await-request.ts";
import type { Auth } from "./auth/create-auth.ts";
import type { EventHub } from "./events/event-hub.ts";
import type { Authenticate } from "./auth/create-authenticate.ts";

/** What the routes under `/api/v1` are made of. */
export interface ApiParts {
  db: Db;
  vault: Vault;
  auth: Auth;
  authenticate: Authenticate;
  hints: Pick<HintSender, "send">;
  awaitRequest: AwaitRequest;
  hub: EventHub;
  log: Logger;
  links: Links;
}

/** Where people and senders go. */
export interface Links {
  /** The api as they reach it, without a slash at its end. */
  publicUrl: string;
  /** Without a slash at its end; undefined where none is known. */
  temporalUiUrl: string | undefined;
  temporalNamespace: string;
}
