/**
 * Tells this replica which sessions have been revoked: at once when it happened here, within a second when it happened
 * on another one, by asking the database. Knows nothing of sockets.
 */
import type { Logger } from '@parley/service';
import type { AuthSessions } from '@parley/store';

/** Promised are two seconds; a busy machine gets the rest. */
const POLL_MS = 500;
/** Each poll looks this far behind the last good one: a revocation is stamped before it is committed. */
const OVERLAP_MS = 60_000;

export class Revocations {
  readonly #sessions: Pick<AuthSessions, 'revokedWithin'>;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #listeners = new Set<(sessionId: string) => void>();
  /** Announced already, with the time after which a poll can't bring it up again. */
  readonly #announced = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  /** On the wall's clock, and on one that no one sets. */
  #lastGoodPoll: { readonly wall: number; readonly steady: number };
  #closed = false;

  constructor(options: { sessions: Pick<AuthSessions, 'revokedWithin'>; log: Logger; now: () => number }) {
    this.#sessions = options.sessions;
    this.#log = options.log;
    this.#now = options.now;
    this.#lastGoodPoll = { wall: options.now(), steady: performance.now() };
    this.#schedule();
  }

  /** Calls back once for each session that is revoked from now on; returns what ends that. */
  on(listener: (sessionId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether it was announced in the last minutes: for whoever starts to listen after having checked a token. */
  has(sessionId: string): boolean {
    return this.#announced.has(sessionId);
  }

  /** Tells everyone here now; the poll will not repeat it. */
  announce(sessionId: string): void {
    if (this.#announced.has(sessionId)) return;
    this.#announced.set(sessionId, this.#now() + 3 * OVERLAP_MS);
    for (const listener of this.#listeners) listener(sessionId);
  }

  /** Asks the database now. Never rejects: the next poll covers what this one missed. */
  async poll(): Promise<void> {
    // A poll under way may have read before what the caller wants to see: wait for it, then ask again.
    while (this.#polling !== undefined) await this.#polling;
    this.#polling = this.#ask();
    await this.#polling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#polling;
  }

  async #ask(): Promise<void> {
    const started = { wall: this.#now(), steady: performance.now() };
    try {
      const { wall, steady } = this.#lastGoodPoll;
      // The one may be set back, the other stands still while the machine sleeps.
      const sinceMs = Math.max(started.wall - wall, started.steady - steady);
      for (const id of await this.#sessions.revokedWithin(sinceMs + OVERLAP_MS)) this.announce(id);
      this.#lastGoodPoll = started;
      for (const [id, until] of this.#announced) if (until < started.wall) this.#announced.delete(id);
    } catch (error) {
      this.#log.debug({ err: error }, 'could not read revoked sessions');
    } finally {
      this.#polling = undefined;
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.poll().then(() => this.#schedule());
    }, POLL_MS);
    this.#timer.unref();
  }
}
