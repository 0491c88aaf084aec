/** SQLSTATEs that a caller can be told about. */
export const SQLSTATE = {
  uniqueViolation: "23505",
  foreignKeyViolation: "23503",
  lockNotAvailable: "55P03",
  /** NUL in text. */
  notInRepertoire: "22021",
  /** NUL or half a surrogate pair in JSON. */
  untranslatable: "22P05",
} as const;

export function isPostgresError(error: unknown, state: (typeof SQLSTATE)[keyof typeof SQLSTATE]): boolean {
  return error instanceof Error && "code" in error && error.code === state;
}
