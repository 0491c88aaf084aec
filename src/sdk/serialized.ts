/**
 * What is left of a value after JSON, which is how a step's output reaches later steps: dates are strings, methods
 * are gone, no output is null.
 */
export type Serialized<Value> = unknown extends Value
  ? Value
  : Value extends { toJSON(): infer Plain }
    ? Serialized<Plain>
    : Value extends string | number | boolean | null
      ? Value
      : Value extends undefined | void | Unserializable
        ? null
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: Serialized<Value[Index]> }
          : Value extends object
            ? {
                [
                  Key in keyof Value as Key extends symbol
                    ? never
                    : Value[Key] extends Unserializable
                      ? never
                      : Key
                ]: Member<Value[Key]>;
              }
            : never;

type Unserializable = symbol | ((...parameters: never[]) => unknown);

/** Undefined members are left out, not null. */
type Member<Value> = Value extends undefined ? undefined : Serialized<Value>;
