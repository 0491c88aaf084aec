/**
 * Gives up, in the calling thread, the rights that only loading needed. Permissions belong to a thread: the
 * main thread's drop leaves the piscina thread's untouched, so both call this once their modules are loaded.
 */
export function dropPermissions(): void {
  for (const scope of ["worker", "addon", "fs.read"]) process.permission.drop(scope);
}
