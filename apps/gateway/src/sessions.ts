/**
 * All browser sessions: who has which, and how many there may be. A session that waits for its browser gives its place to
 * one that is there (its program saves what was typed); only viewers that are present can make the house full.
 */
import { CLOSE } from '@parley/protocol';
import { addressKey, type Logger } from '@parley/service';
import type { GatewayConfig } from './config.ts';
import { Session, type SessionTimes, NORMAL_CLOSE, type Viewer, type ViewerEnd } from './session.ts';
import type { OpenTerminal, TerminalOrder } from './terminal-session.ts';

/** The warning comes this long before the end of an idle session, or at nine tenths of a short one. */
const IDLE_WARNING_MS = 2 * 60_000;

export class Sessions {
  readonly #config: GatewayConfig;
  readonly #open: OpenTerminal;
  readonly #times: SessionTimes;
  readonly #log: Logger;
  readonly #all = new Map<Session, string>();
  readonly #byKey = new Map<string, Session>();
  #closed: Promise<void> | undefined;

  constructor(config: GatewayConfig, open: OpenTerminal, log: Logger) {
    const idleMs = config.sessionIdleMinutes * 60_000;
    this.#config = config;
    this.#open = open;
    const graceMs = config.sessionGraceMinutes * 60_000;
    this.#times = {
      endAfterMs: idleMs,
      warnAfterMs: Math.max(idleMs - IDLE_WARNING_MS, idleMs * 0.9),
      graceMs,
      closedPageGraceMs: Math.min(graceMs, CLOSED_PAGE_GRACE_MS),
    };
    this.#log = log;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those that someone looks at. */
  get watched(): number {
    let count = 0;
    for (const session of this.#all.keys()) if (session.isOpen && session.detachedSince === undefined) count += 1;
    return count;
  }

  /** The viewer's session, found or begun; or words that say why there is none. */
  attach(order: TerminalOrder, viewer: Viewer): Session | { refused: string } {
    const previous = order.key === undefined ? undefined : this.#byKey.get(order.key);
    if (previous?.isOpen === true) {
      if (!leadsElsewhere(order, previous.order)) {
        previous.attach(viewer, order.size);
        return previous;
      }
      previous.end({ code: NORMAL_CLOSE });
    }
    const refused = this.#makeRoom(addressKey(order.address));
    if (refused !== undefined) return { refused };
    const session = new Session(order, viewer, this.#open, this.#times, this.#log);
    this.#all.set(session, addressKey(order.address));
    if (order.key !== undefined) this.#byKey.set(order.key, session);
    void this.#forgetOnceEnded(session);
    return session;
  }

  /** The connection of a viewer is gone. A session that no one could come back to ends with it. */
  leave(session: Session, viewer: Viewer, how: ViewerEnd): void {
    session.viewerLost(viewer, how);
    if (session.order.key === undefined) session.end({ code: NORMAL_CLOSE });
  }

  /** Sends every viewer away to come back later, and ends every program. Resolves when none is left. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      const ends = [...this.#all.keys()].map((session) => {
        session.end({ code: CLOSE.goingAway });
        return session.ended;
      });
      await Promise.all(ends);
    })();
    return this.#closed;
  }

  async #forgetOnceEnded(session: Session): Promise<void> {
    await session.ended;
    this.#all.delete(session);
    const { key } = session.order;
    if (key !== undefined && this.#byKey.get(key) === session) this.#byKey.delete(key);
  }

  /** Words when there is no room for one more of the group. */
  #makeRoom(group: string): string | undefined {
    const { maxSessions, maxSessionsPerAddress } = this.#config;
    // Those that a viewer may come to. No list is made of them: a hundred may come at once.
    let present = 0;
    let ofGroup = 0;
    for (const [session, its] of this.#all) {
      if (!session.isOpen) continue;
      present += 1;
      if (its === group) ofGroup += 1;
    }
    if (ofGroup >= maxSessionsPerAddress) {
      if (!this.#giveUpOldest(group)) {
        return `Your address has ${ofGroup} of ${maxSessionsPerAddress} terminals open. Close one and try again.`;
      }
      present -= 1;
    }
    // Those still ending have a process, and machines have their limits, so for the house they count a little longer.
    if (present >= maxSessions && !this.#giveUpOldest()) return `Parley is full: ${present} of ${maxSessions}.`;
    if (this.#all.size >= maxSessions + ENDING_ALLOWANCE) {
      return 'Parley is busy closing terminals. Try again in a moment.';
    }
    return undefined;
  }

  /** Ends the one that has been without a viewer for longest, of one group or of all. False when each has one. */
  #giveUpOldest(group?: string): boolean {
    let oldest: Session | undefined;
    for (const [session, its] of this.#all) {
      const since = (group ?? its) === its ? session.detachedSince : undefined;
      if (since !== undefined && since < (oldest?.detachedSince ?? Infinity)) oldest = session;
    }
    oldest?.end({ code: NORMAL_CLOSE });
    return oldest !== undefined;
  }
}

/**
 * A reload is back in seconds. Who has closed the page is shown as online until then, and has their nick; whoever opens it
 * again after that finds their room and their drafts at the core.
 */
const CLOSED_PAGE_GRACE_MS = 60_000;
/** Programs that may be on their way out beside those that count. */
const ENDING_ALLOWANCE = 50;

/** A link to a room, or for a nick, that the session was not begun with: the person wants to go there. */
function leadsElsewhere(order: TerminalOrder, begun: TerminalOrder): boolean {
  const differs = (wanted: string | undefined, had: string | undefined): boolean =>
    wanted !== undefined && wanted !== had;
  return differs(order.room, begun.room) || differs(order.nick, begun.nick);
}
