/** As Deno's `Deno.PermissionDescriptor`. */
export type PermissionDescriptor =
  | { name: "net"; /** `host` or `host:port` */ host?: string }
  | { name: "env"; variable?: string }
  | { name: "read" | "write" | "sys" | "run" | "ffi" | "import" };

export interface PermissionStatus extends EventTarget {
  /** Nobody is prompted: what is not granted is denied. */
  readonly state: "granted" | "denied";
  /** All of it is granted but for what some rules deny. */
  readonly partial: boolean;
}

/** What the step may do, without trying it: Deno's query API. */
export interface Permissions {
  /** Rejects with a TypeError for a name that is no permission's, with a URIError for a host that is none. */
  query(descriptor: PermissionDescriptor): Promise<PermissionStatus>;
  querySync(descriptor: PermissionDescriptor): PermissionStatus;
}
