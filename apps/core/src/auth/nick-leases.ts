/**
 * Keeps guests' nicks theirs while they are connected here. A lease in the database runs out by itself, so a crash frees
 * every nick of this replica within its time.
 *
 *   claim ──▶ entering ──hold──▶ held(n) ──release──▶ held(n-1) … held(0) ──▶ free
 *                │ no connection came: the lease runs out           └ others hold it: theirs to free
 *
 * Where there are other replicas, `held(0)` lasts a moment, in which they can tell that the user has moved there.
 * Invariants: only held nicks are renewed; a user's claims and releases reach the database one after the other, in the
 * order in which they were asked for; a release that finds the user entering again leaves the lease alone; whoever holds or
 * borrows under another nick than the lease's is told or refused; only entering gives a user a new nick: one is taken again,
 * or for a request, only while the user has no other. One taken elsewhere is the newer one, and not this replica's to free.
 */
import { ChatError, foldName } from '@parley/protocol';
import type { Logger } from '@parley/service';
import type { Nicks } from '@parley/store';

export const NICK_LEASE_MS = 15_000;
const RENEW_MS = 5000;
/** Longer than it takes another replica to tell that someone has connected there. */
const HEARSAY_MS = 150;

/** The user has lost this nick; connections that they have under another one are not concerned. */
export type NickLostListener = (userId: string, nick: string) => void;

interface Lease {
  connections: number;
  /** Until when each enter may still become a connection, the oldest first. Those that never did are dropped when it is over. */
  entering: number[];
  nick: string;
  /** The nick's folded form. */
  key: string;
  /** The user has another nick by now, taken at another replica. */
  isOutdated: boolean;
}

export class NickLeases {
  readonly #nicks: Pick<Nicks, 'claim' | 'renew' | 'release'>;
  readonly #log: Logger;
  readonly #leaseMs: number;
  readonly #isHeldElsewhere: ((userId: string) => boolean) | undefined;
  readonly #leases = new Map<string, Lease>();
  /** The last claim or release of a user that the database has not answered; see `#inTurn`. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Users whose nick was not freed here because of another replica, until the lease would have run out by itself. */
  readonly #leftToOthers = new Map<string, number>();
  /** Users whose last connection here has ended just now. */
  readonly #ending = new Map<string, NodeJS.Timeout>();
  readonly #lostListeners = new Set<NickLostListener>();
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<void> | undefined;

  constructor(options: {
    nicks: Pick<Nicks, 'claim' | 'renew' | 'release'>;
    log: Logger;
    /** Whether another replica has, or may have, a connection of the user. Undefined where there are no others. */
    isHeldElsewhere?: ((userId: string) => boolean) | undefined;
    leaseMs?: number;
    renewMs?: number;
  }) {
    this.#nicks = options.nicks;
    this.#log = options.log;
    this.#leaseMs = options.leaseMs ?? NICK_LEASE_MS;
    this.#isHeldElsewhere = options.isHeldElsewhere;
    this.#timer = setInterval(() => {
      this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    }, options.renewMs ?? RENEW_MS);
    this.#timer.unref();
  }

  /** Calls back with a nick that was held here and is no longer its user's; returns what ends that. */
  onLost(listener: NickLostListener): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** Takes the nick for a connection that is entering, and calls the user so; throws `nick_taken`. */
  async enter(userId: string, nick: string): Promise<void> {
    const lease = this.#leases.get(userId) ?? leaseOf(nick);
    const until = performance.now() + this.#leaseMs;
    // Before the claim is sent: a release that comes meanwhile must leave it alone.
    lease.entering = [...stillEntering(lease), until];
    this.#leases.set(userId, lease);
    try {
      const former = await this.#rename(userId, lease, nick);
      if (former !== nick && lease.connections > 0) this.#lost(userId, former);
    } catch (error) {
      lease.entering = lease.entering.filter((each) => each !== until);
      if (lease.connections === 0 && lease.entering.length === 0) this.#leases.delete(userId);
      throw error;
    }
  }

  /** The nick has been taken together with making the user: a connection is about to hold it. */
  expect(userId: string, nick: string): void {
    this.#leases.set(userId, { ...leaseOf(nick), entering: [performance.now() + this.#leaseMs] });
  }

  /** Takes the nick for one request without a connection; throws `nick_taken`, also when the user has another by now. */
  async borrow(userId: string, nick: string): Promise<void> {
    const lease = this.#leases.get(userId);
    const isHeld = lease !== undefined && lease.connections > 0 && !lease.isOutdated && lease.key === foldName(nick);
    if (!isHeld) await this.#inTurn(userId, () => this.#ask(userId, nick, { unlessRenamed: true }));
  }

  /** One more connection is under the nick that the user has entered with. */
  hold(userId: string, nick: string): void {
    const lease = this.#leases.get(userId);
    if (lease === undefined) {
      // Released between enter and hold, by the user's other connection: take it again.
      this.#leases.set(userId, { ...leaseOf(nick), connections: 1 });
      void this.#reclaim(userId);
      return;
    }
    lease.connections += 1;
    lease.entering = stillEntering(lease).slice(1);
    // Another enter has taken another nick since. Later, because whoever closes connections does not know this one yet.
    if (lease.nick !== nick) queueMicrotask(() => this.#lost(userId, nick));
  }

  /** One connection less; the last one frees the nick. */
  release(userId: string): void {
    const lease = this.#leases.get(userId);
    if (lease === undefined || lease.connections === 0) return;
    lease.connections -= 1;
    if (lease.connections > 0 || stillEntering(lease).length > 0) return;
    this.#leases.delete(userId);
    if (lease.isOutdated) this.#leaveToOthers(userId);
    else this.#freeSoon(userId);
  }

  /** The user has a connection at another replica, under this nick: perhaps a newer one than the one held here. */
  heldElsewhere(userId: string, nick: string): void {
    const held = this.#leases.get(userId);
    if (held !== undefined && held.key !== foldName(nick)) void this.#lookAgain(userId);
  }

  /** Another replica's last connection of the user has ended, and with it perhaps their nick. */
  releasedElsewhere(userId: string): void {
    if (this.#leases.has(userId)) void this.#lookAgain(userId);
    else if (this.#leftToOthers.delete(userId)) this.#freeSoon(userId);
  }

  /** Frees every nick that is held here. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#lostListeners.clear();
    await this.#renewing;
    for (const lease of this.#leases.values()) lease.entering = [];
    for (const [userId, lease] of this.#leases) {
      lease.connections = Math.min(1, lease.connections);
      this.release(userId);
    }
    for (const [userId, timer] of this.#ending) {
      clearTimeout(timer);
      this.#free(userId);
    }
    await Promise.allSettled(this.#turns.values());
  }

  /** Where there are other replicas: once they have had time to tell that the user has moved to them. */
  #freeSoon(userId: string): void {
    if (this.#isHeldElsewhere === undefined) this.#free(userId);
    else if (!this.#ending.has(userId))
      this.#ending.set(
        userId,
        setTimeout(() => this.#free(userId), HEARSAY_MS),
      );
  }

  #free(userId: string): void {
    this.#ending.delete(userId);
    if (this.#leases.has(userId)) return;
    if (this.#isHeldElsewhere?.(userId) === true) {
      this.#leaveToOthers(userId);
      return;
    }
    void this.#inTurn(userId, async () => {
      if (!this.#leases.has(userId)) await this.#nicks.release(userId);
    }).catch((error: unknown) => {
      // The lease runs out by itself.
      this.#log.debug({ err: error }, 'could not release a nick');
    });
  }

  /** The other replica's connection may be ending just now, and that replica may think that there is still ours. */
  #leaveToOthers(userId: string): void {
    const now = performance.now();
    for (const [each, until] of this.#leftToOthers) if (until < now) this.#leftToOthers.delete(each);
    this.#leftToOthers.set(userId, now + this.#leaseMs);
  }

  /** Takes the nick for the lease; answers the lease's former one. Whose turn is next finds the lease under the new nick. */
  #rename(userId: string, lease: Lease, nick: string): Promise<string> {
    return this.#inTurn(userId, async () => {
      await this.#ask(userId, nick);
      const former = lease.nick;
      lease.nick = nick;
      lease.key = foldName(nick);
      lease.isOutdated = false;
      return former;
    });
  }

  async #ask(userId: string, nick: string, options: { unlessRenamed?: boolean } = {}): Promise<void> {
    const outcome = await this.#nicks.claim({ key: foldName(nick), nick, userId, ttlMs: this.#leaseMs, ...options });
    if (outcome === 'taken') throw nickTaken(nick);
  }

  /** Two connections to the database answer in any order: a claim that passes the release after it would stay. */
  async #inTurn<Result>(userId: string, ask: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(userId);
    const turn = before === undefined ? ask() : before.then(ask, ask);
    this.#turns.set(userId, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(userId) === turn) this.#turns.delete(userId);
    }
  }

  async #renew(): Promise<void> {
    // As they are before the database is asked: who gets a new nick meanwhile has lost the old one only.
    const keys = new Map<string, string>();
    const nicks = new Map<string, string>();
    for (const [userId, lease] of this.#leases) {
      if (lease.connections > 0) {
        keys.set(userId, lease.key);
        nicks.set(userId, lease.nick);
      } else if (stillEntering(lease).length === 0) this.#leases.delete(userId);
    }
    if (keys.size === 0) return;
    try {
      const astray = await this.#nicks.renew(keys, this.#leaseMs);
      for (const [userId, key] of astray) await this.#compare(userId, nicks.get(userId), key);
    } catch (error) {
      // While the database is away nobody can take a nick either.
      this.#log.debug({ err: error }, 'could not renew nicks');
    }
  }

  /** What the user holds now may be another nick than the one that is held here, or none. */
  async #lookAgain(userId: string): Promise<void> {
    try {
      let nick: string | undefined;
      const astray = await this.#inTurn(userId, async () => {
        // Once it is its turn: a rename here that was under way is done.
        const lease = this.#leases.get(userId);
        if (lease === undefined || lease.connections === 0) return undefined;
        ({ nick } = lease);
        return this.#nicks.renew(new Map([[userId, lease.key]]), this.#leaseMs);
      });
      if (astray?.has(userId) === true) await this.#compare(userId, nick, astray.get(userId));
    } catch (error) {
      // The next renewal finds the same.
      this.#log.debug({ err: error }, 'could not look up a nick');
    }
  }

  /** While `nick` was held here, the user had the nick of `key` in the database instead, or none. */
  async #compare(userId: string, nick: string | undefined, key: string | undefined): Promise<void> {
    if (key === undefined) return this.#reclaim(userId);
    if (nick === undefined || key === foldName(nick)) return;
    // They have come back under a new nick, here just now or to another replica.
    const lease = this.#leases.get(userId);
    if (lease?.nick === nick) lease.isOutdated = true;
    this.#lost(userId, nick);
  }

  /** The row is gone (another replica released it, or the database was away for long): take it again or say so. */
  async #reclaim(userId: string): Promise<void> {
    let nick: string | undefined;
    try {
      await this.#inTurn(userId, async () => {
        // Once it is its turn: a rename that was under way must not be undone.
        const lease = this.#leases.get(userId);
        if (lease === undefined || lease.connections === 0) return;
        nick = lease.nick;
        await this.#ask(userId, nick, { unlessRenamed: true });
      });
    } catch (error) {
      if (error instanceof ChatError && nick !== undefined) this.#lost(userId, nick);
      else this.#log.debug({ err: error }, 'could not take a nick again');
    }
  }

  #lost(userId: string, nick: string): void {
    for (const listener of this.#lostListeners) listener(userId, nick);
  }
}

const leaseOf = (nick: string): Lease => ({
  connections: 0,
  entering: [],
  nick,
  key: foldName(nick),
  isOutdated: false,
});

function stillEntering({ entering }: Lease): number[] {
  const now = performance.now();
  return entering.filter((until) => until > now);
}

export const nickTaken = (nick: string): ChatError =>
  new ChatError('nick_taken', `The nick ${nick} is taken. Choose another one.`);
