/** Named by a contract whose types are imported; the runtime has its own class of this name. */
declare interface AbortSignal {
  readonly aborted: boolean;
}
