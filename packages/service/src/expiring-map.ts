/** What is known for a time, and no more of it than a limit. Which clock the times are of is the caller's choice. */
import { BoundedMap } from '@parley/protocol';

/** Answers nothing from the moment on at which it runs out. Holds at most `limit` entries: the oldest make room. */
export class ExpiringMap<Value> {
  readonly #entries: BoundedMap<string, { readonly value: Value; readonly expiresAt: number }>;

  constructor(limit: number) {
    this.#entries = new BoundedMap(limit);
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.expiresAt ? entry.value : undefined;
  }

  /** Keeps a value until `expiresAt`, in milliseconds. */
  set(key: string, value: Value, expiresAt: number): void {
    this.#entries.set(key, { value, expiresAt });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
