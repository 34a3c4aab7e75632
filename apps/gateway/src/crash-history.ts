/** How often programs have failed under one session lately, and whether it is worth starting another. */

const WINDOW_MS = 5 * 60_000;
/** A program that fails by itself, with the same person and the same room, will probably do so again. */
const MAX_OWN = 1;
/** After each, a session is in a host with half as many others: after eight it is alone among 250. */
const MAX_SHARED = 8;

export class CrashHistory {
  #all: { readonly at: number; readonly shared: boolean }[] = [];

  /** Those in which the process belonged to others, too. */
  get shared(): number {
    return this.#count(true);
  }

  /** Counts one more. Answers whether there may be another start. `shared`: it may be no fault of this session. */
  add(shared: boolean): boolean {
    this.#all.push({ at: performance.now(), shared });
    return this.#count(shared) <= (shared ? MAX_SHARED : MAX_OWN);
  }

  #count(shared: boolean): number {
    const from = performance.now() - WINDOW_MS;
    this.#all = this.#all.filter(({ at }) => at > from);
    return this.#all.filter((crash) => crash.shared === shared).length;
  }
}
