/** Typed listeners: `on` answers what takes the listener away again. */

type Listener<Arguments extends readonly unknown[]> = (...values: Arguments) => void;

export class Emitter<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A wrapper, so that the same function may listen twice and be taken away once.
    const own: Listener<Events[Name]> = (...values) => listener(...values);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Events[Name]>)(...values);
  }
}
