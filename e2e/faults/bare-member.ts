/**
 * A member of rooms on a bare WebSocket: forgives the server nothing. It reads without the client's dedupe and gap filling,
 * and writes many messages at once, each again with the same cid until it is acknowledged.
 *
 *   connecting ──welcome──▶ online ──closed──▶ waiting ──a moment──▶ connecting       any ──close──▶ closed
 */
import { randomUUID } from 'node:crypto';
import { BoundedMap, decodeServerFrame, PROTOCOL_VERSION, type ServerMessage } from '@parley/protocol';
import { WebSocket } from 'ws';
import type { Ledger, Sent } from './ledger.ts';
import { Reading } from './reading.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface BareMemberOptions {
  readonly url: string;
  readonly nick: string;
  readonly rooms: readonly string[];
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** How many messages may wait for their answers; 0 for one that only reads. */
  readonly outstanding?: number;
  /** The end of each text that it writes. */
  readonly padding?: string;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const DEFAULT_RETRY_MS = 200;

export class BareMember {
  readonly nick: string;
  readonly reading: Reading;
  /** How often it came back. */
  returns = 0;
  readonly #options: BareMemberOptions;
  #state: 'connecting' | 'online' | 'waiting' | 'closed' = 'waiting';
  #socket: WebSocket | undefined;
  #token: string | undefined;
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #pauseUntil = 0;
  /** What this connection has asked for, by id. */
  #asked = new Map<number, { join: string } | { send: Sent }>();
  /** Messages without an acknowledgement, those on their way included. */
  readonly #unacknowledged = new Map<string, Sent>();
  /** New messages that it has yet to write. */
  #toWrite = 0;
  #turn = 0;

  constructor(options: BareMemberOptions) {
    this.nick = options.nick;
    this.reading = new Reading(options.nick);
    this.#options = options;
    this.#connect();
  }

  /** Whether it reads all its rooms. */
  get isReady(): boolean {
    return this.#state === 'online' && this.reading.rooms.size === this.#options.rooms.length;
  }

  toString(): string {
    const cursors = JSON.stringify(this.reading.cursors());
    return `${this.nick} ${this.#state}, ${this.returns} returns, ${this.#unacknowledged.size} unacknowledged, seen ${cursors}`;
  }

  /** Whether all that it was to write is acknowledged. */
  get isDone(): boolean {
    return this.#toWrite === 0 && this.#unacknowledged.size === 0;
  }

  startWriting(messages = Infinity): void {
    this.#toWrite = messages;
    this.#pump();
  }

  /** Nothing new; what was begun is sent until it is acknowledged. */
  stopWriting(): void {
    this.#toWrite = 0;
  }

  /** Stops reading from the socket, as a stalled program does. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #connect(): void {
    this.#state = 'connecting';
    const socket = new WebSocket(`${this.#options.url.replace(/^http/, 'ws')}/ws`, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#socket = socket;
    socket.on('open', () => this.#greet());
    socket.on('message', (data: Buffer) => {
      for (const message of decodeOnce(data.toString())) this.#receive(message);
    });
    socket.on('error', () => {}); // the close that follows is what matters
    socket.on('close', () => {
      if (this.#state === 'closed') return;
      this.#state = 'waiting';
      this.#asked.clear();
      this.#timer = setTimeout(() => this.#connect(), this.#options.random.between(50, 300));
    });
  }

  #greet(): void {
    const who = this.#token === undefined ? { nick: this.nick } : { token: this.#token };
    this.#send({ type: 'hello', version: PROTOCOL_VERSION, ...who, resume: this.reading.cursors() });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message.token);
        return;
      case 'room.joined':
        this.#joined(message.room.room, message.events.at(-1)?.seq ?? message.room.lastSeq);
        this.#settle(message);
        return;
      case 'ok':
      case 'error':
        this.#settle(message);
        return;
      default:
        if ('from' in message) this.reading.take(message);
    }
  }

  #welcomed(token: string | undefined): void {
    if (this.#token !== undefined) this.returns += 1;
    this.#token = token ?? this.#token;
    this.#state = 'online';
    for (const room of this.#options.rooms) {
      if (!this.reading.rooms.has(room)) this.#ask({ type: 'room.join', room }, { join: room });
    }
    this.#pump();
  }

  #joined(room: string, seq: number): void {
    this.reading.begin(room, seq);
    this.#pump();
  }

  #settle(answer: ServerMessage & { re?: number | undefined }): void {
    const asked = this.#asked.get(answer.re ?? 0);
    this.#asked.delete(answer.re ?? 0);
    if (answer.type === 'error') this.#refused(answer, asked);
    else if (answer.type === 'ok' && asked !== undefined && 'send' in asked) {
      this.#unacknowledged.delete(asked.send.cid);
      this.#options.ledger.acknowledge(asked.send.cid, answer.seq ?? 0);
    }
    this.#pump();
  }

  #refused(
    error: Extract<ServerMessage, { type: 'error' }>,
    asked: { join: string } | { send: Sent } | undefined,
  ): void {
    const { ledger } = this.#options;
    const isPassing = error.code === 'unavailable';
    if (asked !== undefined && 'send' in asked) ledger.refusals += 1;
    if (!isPassing) ledger.problems.push(`${this.nick} was told ${error.code}: ${error.message}`);
    else if (error.retryAfterMs === undefined) ledger.problems.push(`${this.nick} was told unavailable without a time`);
    // A hello that failed closes the socket; a join that failed is asked again on a new one.
    if (asked === undefined || !('send' in asked)) this.#socket?.terminate();
    this.#pauseUntil = performance.now() + (error.retryAfterMs ?? DEFAULT_RETRY_MS);
  }

  /** Keeps as many messages on their way as it may. */
  #pump(): void {
    const { outstanding = 0, padding = '', ledger, rooms } = this.#options;
    if (!this.isReady || outstanding === 0) return;
    const pauseMs = this.#pauseUntil - performance.now();
    if (pauseMs > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#pump(), pauseMs + 1);
      return;
    }
    const onTheirWay = new Set([...this.#asked.values()].flatMap((asked) => ('send' in asked ? [asked.send.cid] : [])));
    for (const sent of this.#unacknowledged.values()) {
      if (onTheirWay.size >= outstanding) return;
      if (!onTheirWay.has(sent.cid)) this.#dispatch(sent, onTheirWay);
    }
    while (this.#toWrite > 0 && onTheirWay.size < outstanding) {
      this.#toWrite -= 1;
      const room = rooms[(this.#turn += 1) % rooms.length] ?? '';
      const sent = ledger.write(this.nick, room, () => randomUUID(), padding);
      this.#unacknowledged.set(sent.cid, sent);
      this.#dispatch(sent, onTheirWay);
    }
  }

  #dispatch(sent: Sent, onTheirWay: Set<string>): void {
    onTheirWay.add(sent.cid);
    const { cid, room, text } = sent;
    this.#ask({ type: 'message.send', room, text, cid }, { send: sent });
  }

  #ask(request: { type: string; room: string; text?: string; cid?: string }, asked: { join: string } | { send: Sent }) {
    const id = (this.#lastId += 1);
    this.#asked.set(id, asked);
    this.#send({ ...request, id });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

const KEPT_FRAMES = 64;
const decoded = new BoundedMap<string, readonly ServerMessage[]>(KEPT_FRAMES);

/** Hundreds of readers are sent the same frame within moments: it is read once. */
function decodeOnce(text: string): readonly ServerMessage[] {
  const known = decoded.get(text);
  if (known !== undefined) return known;
  const messages = decodeServerFrame(text);
  if (messages === undefined) throw new Error(`The server sent something that is no message: ${text.slice(0, 200)}`);
  decoded.set(text, messages);
  return messages;
}
