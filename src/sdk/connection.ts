import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";
import type { StepFetch } from "./step-context.ts";

type Declaration = NonNullable<DefinitionInput["connections"]>[string];
type OptionsOf<Type extends Declaration["type"]> = Omit<Extract<Declaration, { type: Type }>, "type">;

/** The connections of an integration, by key. */
export type ConnectionDeclarations = Record<string, Declaration>;

/**
 * An account at a third party, bound to a credential of the customer when an instance is made. The secret never
 * reaches a step: the engine adds it to requests to the connection's hosts.
 */
export const connection = {
  /** A key sent in a header, `Authorization` unless it says otherwise, behind `prefix`: `"Bearer "`. */
  apiKey: (options: OptionsOf<"api-key">): OptionsOf<"api-key"> & { type: "api-key" } =>
    declared({ type: "api-key", ...options }),
  /** User name and password, as HTTP's basic authentication has them. */
  basic: (options: OptionsOf<"basic">): OptionsOf<"basic"> & { type: "basic" } =>
    declared({ type: "basic", ...options }),
  /** A token that the engine gets and refreshes: by a person's consent, or with `grant: "client-credentials"`. */
  oauth2: (options: OAuth2Options): OptionsOf<"oauth2"> & { type: "oauth2" } =>
    declared({ type: "oauth2", ...options }),
};

/** A person can only be asked at an `authorizeUrl`. */
type OAuth2Options = Omit<OptionsOf<"oauth2">, "grant" | "authorizeUrl"> &
  (
    | { grant?: "authorization-code"; authorizeUrl: string }
    | { grant: "client-credentials"; authorizeUrl?: never }
  );

/** What a step has of a bound connection. */
export interface Connection {
  /**
   * `fetch` with the connection's credential added, to the connection's hosts alone.
   *
   * @throws FatalError where the instance has no credential for the connection
   */
  readonly fetch: StepFetch;
}

/** The connections that a step sees for those declarations. */
export type Connections<Declarations> = { readonly [Key in keyof Declarations]: Connection };
