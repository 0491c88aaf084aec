import { defineConstants, finishInterface } from "./web-idl.ts";

/** The platform's named errors, with the codes that old code asks for. */
const CODES: Record<string, number> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};
const CONSTANTS = {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
};

export interface DOMException extends Error {
  readonly code: number;
}
interface DOMExceptionConstructor {
  new (message?: unknown, name?: unknown): DOMException;
  readonly prototype: DOMException;
}

const fields = new WeakMap<object, { name: string; message: string }>();

function fieldsOf(exception: object): { name: string; message: string } {
  const found = fields.get(exception);
  if (found === undefined) throw new TypeError("This is no DOMException");
  return found;
}

/** An error of the engine's, with a stack, that inherits from Error while its constructor does not. */
function construct(this: unknown, message: unknown = "", name: unknown = "Error"): object {
  if (new.target === undefined) throw new TypeError("Constructor DOMException requires 'new'");
  const own = { message: `${message as string}`, name: `${name as string}` }; // a symbol throws, as it must
  const exception = Reflect.construct(Error, [], new.target) as Error;
  fields.set(exception, own);
  // The stack's head was written before name and message were known.
  const frames = (exception.stack ?? "").split("\n").slice(1).join("\n");
  const stack = `${own.name}: ${own.message}\n${frames}`;
  Object.defineProperty(exception, "stack", { value: stack, writable: true, configurable: true });
  return exception;
}

const prototype = Object.create(Error.prototype, {
  constructor: { value: construct, writable: true, configurable: true },
}) as object;
for (const [key, read] of Object.entries({
  code: (exception: object) => CODES[fieldsOf(exception).name] ?? 0,
  message: (exception: object) => fieldsOf(exception).message,
  name: (exception: object) => fieldsOf(exception).name,
}))
  Object.defineProperty(prototype, key, {
    get(this: object) {
      return read(this);
    },
    enumerable: true,
    configurable: true,
  });
Object.defineProperty(construct, "prototype", { value: prototype, writable: false });
Object.defineProperty(construct, "length", { value: 0 });

export const DOMException = construct as unknown as DOMExceptionConstructor; // a function that is one
finishInterface(DOMException, "DOMException");
defineConstants(DOMException, CONSTANTS);
