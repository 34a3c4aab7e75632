/**
 * All host processes: which terminal goes to which, and when there is one more or one less. An empty one is always warm, for
 * when the others are full or one of them crashes, or about to be: starting one takes the CPU of the terminals that are being
 * opened, so that it comes after them.
 *
 * Terminals whose host failed under them come back in smaller company: after each crash in hosts of half the size, so that
 * the client that brings its host down, if it is one client, is alone after some crashes and the others are left in peace.
 */
import type { Logger } from '@parley/service';
import { HostedSession } from './hosted-session.ts';
import type { LaunchCommand } from './launch-command.ts';
import { openPtyPair } from './pty-pair.ts';
import { TerminalHost } from './terminal-host.ts';
import type { OpenTerminal, TerminalOrder, TerminalSession } from './terminal-session.ts';
import type { HostedClient } from '@parley/protocol';

export interface TerminalHostsOptions {
  readonly command: LaunchCommand;
  readonly log: Logger;
  readonly sessionsPerHost: number;
  readonly pingIntervalMs: number;
  client(this: void, order: TerminalOrder): Promise<HostedClient>;
}

/** A hundred who come back from a killed host are there by then: with a start beside them they take 1.3 times as long. */
const SPARE_DELAY_MS = 1000;
/** A second empty host is kept this long. */
const EMPTY_MS = 60_000;

interface HostSlot {
  readonly host: TerminalHost;
  /** How often hosts have failed under its terminals. */
  crashes: number;
  /** Terminals that wait for it to be ready. */
  coming: number;
}

export class TerminalHosts {
  readonly #options: TerminalHostsOptions;
  readonly #slots: HostSlot[] = [];
  #spareTimer: NodeJS.Timeout | undefined;
  #cleaning: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: TerminalHostsOptions) {
    this.#options = options;
    this.#keepSpare();
    this.#cleaning = setInterval(() => this.#endEmpty(), EMPTY_MS);
    this.#cleaning.unref();
  }

  readonly open: OpenTerminal = async (order, crashes = 0): Promise<TerminalSession> => {
    const client = await this.#options.client(order);
    if (this.#closed !== undefined) throw new Error('The gateway is closing.');
    // Not before: a host that ended while the ticket was signed would be opened on, and would never tell that it is gone.
    const slot = this.#find(crashes) ?? this.#start(crashes);
    slot.crashes = crashes;
    slot.coming += 1;
    this.#spareTimer ??= setTimeout(() => {
      this.#spareTimer = undefined;
      this.#keepSpare();
    }, SPARE_DELAY_MS);
    try {
      // Nothing comes between this and the opening: a host that gets ready, or is, has not ended.
      await slot.host.ready;
      const pair = openPtyPair(order.size, this.#options.command.owner);
      return new HostedSession(pair, slot.host, client, order.size);
    } finally {
      slot.coming -= 1;
    }
  };

  /** Ends every host. Resolves when none is left. */
  close(): Promise<void> {
    clearInterval(this.#cleaning);
    clearTimeout(this.#spareTimer);
    this.#closed ??= (async () => {
      await Promise.all(this.#slots.map(({ host }) => host.end()));
    })();
    return this.#closed;
  }

  /** A host with room among those for terminals that have as many crashes behind them; an empty one is anybody's. */
  #find(crashes: number): HostSlot | undefined {
    const usable = this.#usable;
    return (
      usable.find((slot) => load(slot) > 0 && slot.crashes === crashes && load(slot) < this.#capacity(crashes)) ??
      usable.find((slot) => load(slot) === 0 && slot.host.state === 'ready') ??
      usable.find((slot) => load(slot) === 0)
    );
  }

  get #usable(): HostSlot[] {
    return this.#slots.filter(({ host }) => host.state === 'starting' || host.state === 'ready');
  }

  #start(crashes: number): HostSlot {
    const { command, log, pingIntervalMs } = this.#options;
    const host = new TerminalHost({
      command,
      log,
      pingIntervalMs,
      onGone: (gone) => {
        const index = this.#slots.findIndex((each) => each.host === gone);
        if (index >= 0) this.#slots.splice(index, 1);
      },
    });
    const slot: HostSlot = { host, crashes, coming: 0 };
    this.#slots.push(slot);
    return slot;
  }

  #capacity(crashes: number): number {
    return Math.max(1, Math.floor(this.#options.sessionsPerHost / 2 ** crashes));
  }

  #keepSpare(): void {
    if (!this.#usable.some((slot) => load(slot) === 0)) this.#start(0);
  }

  #endEmpty(): void {
    const empty = this.#slots.filter((slot) => load(slot) === 0 && slot.host.state === 'ready');
    // The first stays to spare.
    for (const { host } of empty.slice(1)) void host.end();
  }
}

const load = ({ host, coming }: HostSlot): number => host.size + coming;
