/** A member of rooms on `packages/client`: what a person's program does. Reads, and writes in order when it is told to. */
import { ChatClient, type CreateSocket, openWebSocket } from '@parley/client';
import type { Ledger } from './ledger.ts';
import { Reading } from './reading.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface ClientMemberOptions {
  readonly url: string;
  readonly nick: string;
  readonly rooms: readonly string[];
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Default: a WebSocket of its own. */
  readonly createSocket?: CreateSocket | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Messages of a room that wait at a time. */
const PENDING = 4;
const TICK_MS = 5;

export class ClientMember {
  readonly nick: string;
  readonly reading: Reading;
  readonly client: ChatClient;
  /** How often it came back. */
  returns = -1;
  readonly #options: ClientMemberOptions;
  #ticking: NodeJS.Timeout | undefined;

  constructor(options: ClientMemberOptions) {
    this.#options = options;
    const { url, nick, rooms, ledger, random, createSocket = openWebSocket, headers = {} } = options;
    this.nick = nick;
    this.reading = new Reading(nick);
    this.client = new ChatClient({
      url: `${url.replace(/^http/, 'ws')}/ws`,
      credentials: { nick },
      random: () => random.next(),
      createSocket,
      headers,
    });
    this.client.on('state', ({ name }) => {
      if (name === 'online') this.returns += 1;
      if (name === 'online' && this.returns === 0) for (const room of rooms) this.#join(room);
      if (name === 'refused') ledger.problems.push(`${nick} was refused: ${JSON.stringify(this.client.state)}`);
    });
    this.client.on('joined', ({ room, events }) => {
      // One that was live already begins nothing.
      if (!this.reading.rooms.has(room.room)) this.reading.begin(room.room, events.at(-1)?.seq ?? room.lastSeq);
    });
    this.client.on('events', (events) => {
      for (const event of events) this.reading.take(event);
    });
    this.client.on('pending', ({ message: { cid, room, state, seq, error } }) => {
      if (state === 'acknowledged' && seq !== undefined) ledger.acknowledge(cid, seq);
      if (state === 'failed') ledger.problems.push(`${nick} could not write to ${room}: ${error?.message}`);
    });
    this.client.on('gap', ({ room, from, to, state }) => {
      if (state === 'lost' || state === 'reset') ledger.problems.push(`${nick}: ${room} ${from}–${to} ${state}`);
    });
    this.client.connect();
  }

  /** Whether it reads all its rooms. */
  get isReady(): boolean {
    return this.client.state.name === 'online' && this.reading.rooms.size === this.#options.rooms.length;
  }

  /** Whether all that it wrote is acknowledged, and nothing more is to be written. */
  get isDone(): boolean {
    return this.#ticking === undefined && this.#waiting === 0;
  }

  toString(): string {
    const { state } = this.client;
    const cursors = JSON.stringify(this.reading.cursors());
    return `${this.nick} ${JSON.stringify(state)}, ${this.returns} returns, ${this.#waiting} pending, seen ${cursors}`;
  }

  startWriting(): void {
    this.#ticking ??= setInterval(() => this.#write(), TICK_MS);
  }

  /** Nothing new; what was begun is sent until it is acknowledged. */
  stopWriting(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  close(): void {
    this.stopWriting();
    this.client.close();
  }

  get #waiting(): number {
    return this.#options.rooms.flatMap((room) => this.client.pending(room)).length;
  }

  #join(room: string): void {
    this.client.join(room).catch(() => {
      // Cut off on the way: asked again as long as it is wanted.
      if (this.client.state.name !== 'closed') setTimeout(() => this.#join(room), 200);
    });
  }

  #write(): void {
    const { rooms, ledger } = this.#options;
    for (const room of rooms) {
      if (this.client.pending(room).length >= PENDING) continue;
      ledger.write(this.nick, room, (text) => this.client.send(room, text).cid);
    }
  }
}
