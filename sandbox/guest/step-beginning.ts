/** What parts of the platform want to do as a step begins; those that nobody has asked for yet want nothing. */
const listeners: (() => void)[] = [];

export function whenStepBegins(listener: () => void): void {
  listeners.push(listener);
}

export function beginStep(): void {
  for (const listener of listeners) listener();
}
