/**
 * A reconnecting chat client: what a program on top of Parley talks to. Puts together the connection, requests, the live
 * rooms, one's own rooms, and the messages and read marks on their way. Paints nothing and stores nothing on disk.
 *
 * What it promises: the events of a live room come out ascending, once, without a gap; a message that `send` has taken is
 * sent until it is acknowledged or refused, once, in order within its room. Both hold over any number of connections.
 */
import {
  ChatError,
  type Hint,
  type Room,
  type RoomEvent,
  type RoomJoined,
  type ServerMessage,
  type Welcome,
  type You,
} from '@parley/protocol';
import { Answers, type AnsweredType, type AnswerTo, type Fields, toError } from './answers.ts';
import type { ChatClientOptions } from './chat-client-options.ts';
import type { ClientEvents } from './client-events.ts';
import { systemClock } from './clock.ts';
import { Connection } from './connection.ts';
import type { ConnectionState } from './connection-state.ts';
import { Emitter } from './emitter.ts';
import { type Credentials, Identity } from './identity.ts';
import { LiveRooms } from './live-rooms.ts';
import { Outbox, type PendingMessage } from './outbox.ts';
import { OwnRooms } from './own-rooms.ts';
import { ReadMarks } from './read-marks.ts';
import { RoomResumption } from './room-resumption.ts';
import { checkSendable } from './sendable-text.ts';
import { isEvent, isHint } from './shared-messages.ts';
import { openWebSocket } from './socket.ts';
import { UnreadNews } from './unread-news.ts';

const PENDING_LIMIT = 1000;

export class ChatClient {
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #identity: Identity;
  readonly #connection: Connection;
  readonly #answers: Answers;
  readonly #live: LiveRooms;
  readonly #resumption: RoomResumption;
  readonly #own: OwnRooms;
  readonly #outbox: Outbox;
  readonly #reads: ReadMarks;
  /** `since` of joins under way, by request id. */
  readonly #joins = new Map<number, number>();
  /** Of rooms that go on after a seq: up to where the server has seen one's leavings when it said that one is inside. */
  readonly #insideAt = new Map<string, number>();
  readonly #news: UnreadNews;

  constructor(options: ChatClientOptions) {
    const clock = options.clock ?? systemClock;
    this.#news = new UnreadNews({
      waits: options.newsWaits,
      events: (room, events) => this.#live.accept(room, events),
      hint: (hint) => this.#hinted(hint),
    });
    this.#identity = new Identity(options.credentials);
    this.#answers = new Answers(clock);
    this.#own = new OwnRooms({
      changed: (room) => this.#emitter.emit('room', room),
      gone: (room) => this.#emitter.emit('roomGone', room),
      find: async (name) => (await this.request('room.list', { match: name })).rooms.find(({ room }) => room === name),
    });
    this.#live = new LiveRooms({
      clock,
      fetchAfter: (room, after) => this.history(room, { after, limit: this.#pageEvents() }),
      deliver: (events) => this.#deliver(events),
      gap: (gap) => this.#emitter.emit('gap', gap),
      unreadable: (room) => this.#lose(room),
    });
    this.#resumption = new RoomResumption({
      live: this.#live,
      lastSeq: (room) => this.#own.all.get(room)?.lastSeq,
      join: (room, options) => this.join(room, options),
      failed: (error) => this.#emitter.emit('error', error),
    });
    this.#outbox = new Outbox({
      clock,
      limit: PENDING_LIMIT,
      deliver: async ({ cid, room, text, replyTo }) => {
        const fields = { cid, room, text, ...(replyTo === undefined ? {} : { replyTo }) };
        const stored = await this.request('message.send', fields);
        if (stored.seq !== undefined) this.#wrote(room, stored.seq);
        return stored;
      },
      awaits: (room, seq) => (this.#live.cursor(room) ?? Infinity) < seq,
      changed: (change) => this.#emitter.emit('pending', change),
    });
    this.#reads = new ReadMarks({
      clock,
      random: options.random ?? Math.random,
      deliver: (room, seq) => this.request('read.mark', { room, seq }),
    });
    this.#connection = new Connection({
      url: options.url,
      headers: options.headers ?? {},
      createSocket: options.createSocket ?? openWebSocket,
      clock,
      random: options.random ?? Math.random,
      greeting: () => ({ ...this.#identity.introduce(), resume: this.#resumption.cursorsForHello() }),
      renew: () => this.#identity.renew(),
      welcomed: (welcome) => this.#welcomed(welcome),
      keeps: (frame) => this.#news.keeps(frame),
      received: (message) => this.#received(message),
      changed: (state, before) => this.#stateChanged(state, before),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** One's own rooms, as the server sees them and as events have changed them since. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#own.all;
  }

  /** Who the server says one is; kept while offline. */
  get you(): You | undefined {
    return this.#identity.you;
  }

  /** The token to come back with: the guest's from `welcome`, or the one from the credentials. */
  get token(): string | undefined {
    return this.#identity.token;
  }

  /** Listens; the answer stops it. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (...values: ClientEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Connects from `idle`, `waiting` or `refused`; does nothing otherwise. */
  connect(): void {
    this.#connection.connect();
  }

  /** Ends the wait for the next attempt. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  /** For good. What is pending stays readable; requests under way are rejected. */
  close(): void {
    this.#reads.flush();
    this.#connection.close();
  }

  /**
   * Used from the next `connect()` or reconnect on. A nick alone, when a guest's token is known, asks for that nick for
   * the same guest: cursors and pending messages stay.
   */
  setCredentials(credentials: Credentials): void {
    this.#identity.set(credentials);
  }

  /** Sends a request and waits for its answer. Rejects with a ChatError: the server's, or `unavailable`. */
  async request<Type extends AnsweredType>(type: Type, fields: Fields<Type>): Promise<AnswerTo<Type>> {
    return this.#ask(type, fields).answer;
  }

  /** Joins a room and makes it live. With `since` its events continue after that seq instead of with the newest page. */
  async join(room: string, options: { password?: string; since?: number } = {}): Promise<RoomJoined> {
    const { id, answer } = this.#ask('room.join', { room, ...options });
    if (options.since !== undefined) this.#joins.set(id, options.since);
    try {
      return await answer;
    } finally {
      this.#joins.delete(id);
    }
  }

  /** Makes a room live after a seq that is known from before, with the next hello. */
  resumeFrom(room: string, seq: number): void {
    this.#live.follow(room, seq);
  }

  /** Whether a room's events come out of this client. */
  isLive(room: string): boolean {
    return this.#live.cursor(room) !== undefined;
  }

  /** Stops a room's events; membership stays. */
  async closeRoom(room: string): Promise<void> {
    this.readNews();
    this.#live.close(room);
    this.#outbox.forgetAcknowledged(room);
    // Offline there is nothing to say: the next hello does not resume the room.
    if (this.state.name === 'online') await this.request('room.close', { room });
  }

  /**
   * Lets go of every live room, without a word to the server: for a program that begins anew after a refusal, and has
   * nothing of them any more. Joining one brings its newest page again. What is on its way stays.
   */
  forgetLiveRooms(): void {
    this.readNews();
    for (const room of Object.keys(this.#live.cursors())) {
      this.#live.close(room);
      this.#outbox.forgetAcknowledged(room);
    }
  }

  async leave(room: string): Promise<void> {
    await this.request('room.leave', { room });
    this.#lose(room);
  }

  /**
   * Takes a message for sending, also while offline. Throws a ChatError, and takes nothing, when the text can't be sent
   * at all or too many messages wait.
   */
  send(room: string, text: string, options: { replyTo?: number } = {}): PendingMessage {
    checkSendable(text, this.state);
    return this.#outbox.add({ cid: crypto.randomUUID(), room, text, ...options });
  }

  /** One's own messages to a room that its events do not show yet, in order. */
  pending(room: string): readonly PendingMessage[] {
    return this.#outbox.list(room);
  }

  /** Drops a message that is not under way. Answers whether it did. */
  discard(cid: string): boolean {
    return this.#outbox.discard(cid);
  }

  /** Sends a failed message again, under the same cid. Answers whether there was one. */
  retry(cid: string): boolean {
    return this.#outbox.retry(cid);
  }

  /**
   * Takes over from another client of the same person, which is to be closed then: its live rooms, where they are not live
   * here, and its messages on their way under the same cids. Needs a connection.
   */
  takeOver(from: ChatClient): void {
    from.readNews();
    const added = Object.entries(from.#live.cursors()).filter(([room]) => !this.isLive(room));
    for (const [room, seq] of added) this.resumeFrom(room, seq);
    this.#resumption.continue(added.map(([room]) => room));
    this.#outbox.takeOver(from.#outbox.release());
    for (const [room, seq] of from.#reads.wanted) this.markRead(room, seq);
  }

  history(room: string, page: { before?: number; after?: number; limit?: number } = {}): Promise<AnswerTo<'history'>> {
    return this.request('history', { room, ...page });
  }

  /** Marks a room as read, here at once and on the server within moments. */
  markRead(room: string, seq: number): void {
    const own = this.#own.all.get(room);
    if (own === undefined || seq <= own.readSeq) return;
    this.#own.read(room, seq);
    this.#reads.mark(room, seq);
  }

  /** Says that one is typing; silently nothing while offline. */
  typing(room: string): void {
    if (this.state.name === 'online') this.#connection.send({ type: 'typing', room });
  }

  /** Gives on what has come since `newsWaits` was told. */
  readNews(): void {
    this.#news.read(this.#connection.takeNews());
  }

  /** One's own message is read where all before it is; the server counts it as anyone's. */
  #wrote(room: string, seq: number): void {
    const own = this.#own.all.get(room);
    if (own === undefined) return;
    const hadRead = own.readSeq >= seq - 1 || (own.unread === 0 && own.lastSeq === seq - 1);
    if (hadRead) this.markRead(room, seq);
  }

  #ask<Type extends AnsweredType>(type: Type, fields: Fields<Type>): { id: number; answer: Promise<AnswerTo<Type>> } {
    const expected = this.#answers.expect(type);
    if (this.state.name !== 'online') {
      this.#answers.fail(expected.id, new ChatError('unavailable', 'There is no connection to the server.'));
      return expected;
    }
    try {
      this.#connection.send({ type, id: expected.id, ...fields });
    } catch (error) {
      const tooLong = new ChatError('too_long', 'This is too long to be sent.', { cause: error });
      this.#answers.fail(expected.id, tooLong);
    }
    return expected;
  }

  #welcomed(welcome: Welcome): void {
    const before = this.#identity.welcomed(welcome);
    if (before !== undefined) {
      const words = `This was written as ${before.nick}, and you are ${welcome.you.nick} now.`;
      this.#outbox.failAll(new ChatError('unauthorized', words));
      this.#reads.forgetAll();
    }
    const names = new Set(welcome.rooms.map((room) => room.room));
    for (const room of Object.keys(this.#live.cursors())) if (!names.has(room)) this.#lose(room);
    for (const { room, lastSeq } of welcome.rooms) if (this.isLive(room)) this.#insideAt.set(room, lastSeq);
    this.#own.replace(welcome.rooms);
    // The server hears of these in a moment, and tells one's other connections alone.
    for (const [room, seq] of this.#reads.wanted) this.#own.read(room, seq);
  }

  #stateChanged(state: ConnectionState, before: ConnectionState): void {
    this.readNews();
    if (before.name === 'online') {
      this.#live.suspend();
      this.#reads.stop();
      this.#outbox.stop();
      this.#answers.abandon(new ChatError('unavailable', 'The connection to the server was lost.'));
    }
    this.#emitter.emit('state', state, before);
    if (state.name === 'online' && this.state === state) {
      this.#resumption.online();
      this.#reads.start();
      this.#outbox.start();
    }
  }

  #received(message: ServerMessage): void {
    if (isEvent(message)) return this.#live.accept(message.room, [message]);
    if (isHint(message)) return this.#hinted(message);
    switch (message.type) {
      case 'room.joined':
        this.#joined(message);
        break;
      case 'error':
        if (message.re === undefined) this.#emitter.emit('error', toError(message));
        break;
      case 'welcome':
      case 'ok':
      case 'pong':
      case 'room.list':
      case 'room.members':
      case 'history':
      case 'search.results':
      case 'user.list':
        break;
      // A type of a later version: fields and types may be added.
      default:
        return;
    }
    if ('re' in message && message.re !== undefined) this.#answers.settle(message.re, message);
  }

  #hinted(hint: Hint): void {
    this.#own.hint(hint);
    this.#emitter.emit('hint', hint);
  }

  #joined(joined: RoomJoined): void {
    const { room } = joined.room;
    const since = joined.re === undefined ? undefined : this.#joins.get(joined.re);
    const isSnapshot = since === undefined && !this.isLive(room);
    if (!isSnapshot) this.#insideAt.set(room, joined.room.lastSeq);
    this.#own.set(joined.room);
    // What was stored before its connection was lost is not shown once more as being on its way.
    if (isSnapshot) for (const event of joined.events) this.#settleOwn(event);
    this.#emitter.emit('joined', isSnapshot ? joined : { ...joined, events: [] });
    this.#live.open(joined, since);
  }

  #deliver(events: readonly RoomEvent[]): void {
    const room = events[0]?.room ?? '';
    const ownId = this.you?.id ?? '';
    this.#own.events(room, events, ownId);
    this.#emitter.emit('events', events);
    for (const event of events) {
      if (event.from.id !== ownId) continue;
      this.#settleOwn(event);
      if (event.type === 'member.left' && event.seq > (this.#insideAt.get(room) ?? 0)) this.#lose(room);
    }
  }

  #settleOwn(event: RoomEvent): void {
    if (event.from.id === this.you?.id && event.type === 'message') this.#outbox.seen(event.cid, event.seq);
  }

  #lose(room: string): void {
    this.#live.close(room);
    this.#insideAt.delete(room);
    this.#outbox.forgetAcknowledged(room);
    this.#reads.forget(room);
    this.#own.remove(room);
  }

  #pageEvents(): number {
    const state = this.state;
    return state.name === 'online' ? state.limits.pageEvents : 1;
  }
}
