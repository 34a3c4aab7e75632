/**
 * The rules of reading and writing, for WebSocket, REST and SSE alike: who may see which room, what a message must be,
 * how far someone has read. Knows neither sockets nor SQL.
 */
import {
  ChatError,
  DEFAULT_PAGE_EVENTS,
  foldName,
  JOIN_EVENTS,
  LOBBY,
  MAX_PAGE_EVENTS,
  type Member,
  type Room,
  type RoomEvent,
} from '@parley/protocol';
import { withinMs } from '@parley/service';
import type { LogHead, RoomForUser, Store, StoredEvent } from '@parley/store';
import type { Principal } from '../auth/accounts.ts';
import type { PasswordHasher } from '../auth/password-hasher.ts';
import type { Bus } from './bus.ts';
import { Delivery } from './delivery.ts';
import { isoTime, toRoomEvent } from './event-encoding.ts';
import { type Report, unavailable } from './expected-failure.ts';
import type { HeadWatcher } from './head-watch.ts';
import { People } from './people.ts';
import { Presence } from './presence.ts';
import { ChatLimits } from './chat-limits.ts';
import { type MakeRateLimit, refuseFor } from './rate-limit.ts';
import { refusalOf, RoomDirectory, type RoomIdentity, roomNotFound, toRoom } from './room-directory.ts';
import type { FeedSink, Subscription } from './room-feed.ts';
import type { RoomFeeds } from './room-feeds.ts';
import { GroupCommit } from './group-commit.ts';
import { checkLength, MessageRules } from './message-rules.ts';
import { PagesInTurn } from './pages-in-turn.ts';
import { RoomList } from './room-list.ts';
import { RoomRules } from './room-rules.ts';
import { isOlder, noteLast } from './room-snapshot.ts';

/** Who asks: nobody in particular, where that is allowed. */
export type Viewer = Principal | undefined;

export interface OutgoingMessage {
  readonly room: string;
  readonly text: string;
  /** A UUID, unique for each sender and room: the same again answers the same. */
  readonly cid: string;
  readonly replyTo?: number | undefined;
}

export interface Sent {
  readonly seq: number;
  readonly at: string;
}

/** A message that has its place in the queue; `sent` resolves once it is committed. */
export interface QueuedMessage {
  readonly sent: Promise<Sent>;
}

export interface HistoryRequest {
  readonly room: string;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

export interface RoomSnapshot {
  readonly row: RoomForUser;
  /** Where the log ended when the user was seen inside. */
  readonly insideAt: number;
  readonly room: Room;
  readonly members: Member[];
  readonly total: number;
  readonly events: RoomEvent[];
  readonly more: boolean;
}

export interface ChatOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly publicRead: boolean;
  readonly makeLimit: MakeRateLimit;
  readonly report: Report;
  /** A batch has been committed: how many events, and in how many seconds. */
  readonly measured?: (events: number, seconds: number) => void;
}

/** How long a close waits for a database that does not answer; nobody has been told yet that those events are kept. */
const FINISH_TIMEOUT_MS = 1000;
/** How often a page is read whose messages are changed meanwhile. */
const MAX_READS = 5;

export class Chat {
  readonly rooms: RoomRules;
  readonly messages: MessageRules;
  readonly presence: Presence;
  readonly people: People;
  readonly feeds: RoomFeeds;
  readonly bus: Bus;
  readonly lobby: RoomIdentity;
  readonly limits: ChatLimits;
  readonly pages = new PagesInTurn();
  readonly #store: Store;
  readonly #log: GroupCommit;
  readonly #directory: RoomDirectory;
  readonly #list: RoomList;
  readonly #delivery: Delivery;
  readonly #publicRead: boolean;

  /** Asks the store for the lobby, which is there from the first migration on. */
  static async open(options: ChatOptions): Promise<Chat> {
    const directory = new RoomDirectory(options.store.rooms);
    return new Chat(options, directory, await directory.get(LOBBY));
  }

  private constructor(options: ChatOptions, directory: RoomDirectory, lobby: RoomIdentity) {
    const { store, bus, report } = options;
    this.bus = bus;
    this.lobby = lobby;
    this.#store = store;
    this.#directory = directory;
    this.#publicRead = options.publicRead;
    this.limits = new ChatLimits(options.makeLimit);
    this.#list = new RoomList(store.rooms);
    // First, so that readers hear of events before anyone else does.
    this.#delivery = new Delivery({
      store,
      bus,
      mentionedIn: (roomId, events) => this.presence.mentionedIn(roomId, events),
      report,
    });
    this.feeds = this.#delivery.feeds;
    bus.subscribe((message) => {
      if (message.kind === 'room.created' && message.room.kind === 'public') this.#list.forget();
      if (message.kind === 'room.created' || message.kind === 'direct.opened') directory.compare(message.room);
      else if (message.kind === 'rewound' || message.kind === 'restored') directory.forget();
    });
    this.presence = new Presence({
      bus,
      lobbyId: lobby.id,
      isRead: (roomId) => this.feeds.has(roomId),
      announce: (roomId, hint) => this.feeds.hint(roomId, hint),
    });
    this.#log = new GroupCommit({
      events: store.log,
      committed: (room, events) => this.#delivery.committed(room, events),
      reachOf: (roomId) => this.#delivery.reachOf(roomId),
      rewound: (event) => this.#delivery.rewoundBefore(event),
      doubtful: (roomIds) => bus.publish({ kind: 'doubt', roomIds }),
      report,
      ...(options.measured === undefined ? {} : { measured: options.measured }),
    });
    this.rooms = new RoomRules({
      store,
      directory,
      groupCommit: this.#log,
      bus,
      hasher: options.hasher,
      isSeenIn: (userId, roomId) => this.presence.isIn(userId, roomId),
      limits: this.limits,
    });
    this.messages = new MessageRules({ directory, groupCommit: this.#log, limits: this.limits });
    this.people = new People({ rooms: store.rooms, presence: this.presence });
  }

  /** Compares what someone knows of rooms' logs with the logs: not everything that is stored is told of. */
  watchHeads(watcher: HeadWatcher): void {
    this.#delivery.watchHeads(watcher);
  }

  /** Events that wait for their commit. */
  get queueLength(): number {
    return this.#log.length;
  }

  /** The viewer's own rooms, those they are invited to, and public ones. `source` is the address that asks. */
  async listRooms(viewer: Viewer, source: string, match?: string): Promise<Room[]> {
    if (viewer === undefined && !this.#publicRead) throw signInFirst();
    await this.limits.list({ userId: viewer?.id, source });
    const rows = await this.#list.listFor(viewer?.id, match === undefined ? undefined : foldName(match));
    return rows.map((row) => this.toRoom(row));
  }

  /** The rooms the user is in, the lobby first. */
  ownRooms(user: Pick<Principal, 'id'>): Promise<RoomForUser[]> {
    return this.#store.rooms.ofUser(user.id);
  }

  /** Which room a name means, at once when it is known. Throws `room_not_found`. */
  find(name: string): RoomIdentity | Promise<RoomIdentity> {
    return this.#directory.get(name);
  }

  /** Where each room's log ends. */
  heads(roomIds: readonly string[]): Promise<ReadonlyMap<string, LogHead>> {
    return this.#store.rooms.heads(roomIds);
  }

  toRoom(row: RoomForUser): Room {
    return toRoom(row, this.presence.count());
  }

  /** What someone who has come in sees. Read after subscribing, so that nothing falls between. `source` is their address. */
  async snapshot(user: Principal, room: RoomIdentity, source: string, since?: number): Promise<RoomSnapshot> {
    const { log } = this.#store;
    // What follows `since` is a page like those of `history`; the newest one is short, and shared by all who ask.
    const readPage =
      since === undefined
        ? () => log.page({ roomId: room.id, limit: JOIN_EVENTS })
        : () => this.pages.read(source, () => log.page({ roomId: room.id, after: since, limit: MAX_PAGE_EVENTS }));
    const [read, listed, ofUser] = await Promise.all([
      readPage(),
      this.people.listed(room),
      this.rooms.inside(user, room),
    ]);
    // What was stored between the two would be neither shown nor follow, for who takes the room up where the row ends.
    const { events, more } = isOlder(read, since, ofUser.lastSeq) ? await readPage() : read;
    // Now: who comes and goes from here on is told after this.
    const people = this.people.first(room, listed);
    const row = noteLast(ofUser, events.at(-1));
    const seen = { row, insideAt: ofUser.lastSeq, room: this.toRoom(row) };
    return { ...seen, ...people, events: this.#toEvents(room, events), more };
  }

  /** Members of a room, a page of them after the user `after`. Throws `room_not_found`. */
  async members(
    user: Principal,
    name: string,
    after?: string,
  ): Promise<{ room: string; members: Member[]; total: number; more: boolean }> {
    const room = await this.#directory.get(name);
    if (room.kind !== 'public') await this.rooms.inside(user, room);
    return { room: room.slug, ...(await this.people.page(room, after)) };
  }

  /**
   * A page of a room's log, ascending. `source` is the address that asks. Throws `room_not_found`, `not_a_member`,
   * `unauthorized`.
   */
  async history(
    viewer: Viewer,
    request: HistoryRequest,
    source: string,
  ): Promise<{ room: string; events: RoomEvent[]; more: boolean }> {
    const room = await this.#readable(viewer, request.room);
    const { before, after, limit = DEFAULT_PAGE_EVENTS } = request;
    const page = { roomId: room.id, before, after, limit };
    for (let reads = 0; reads < MAX_READS; reads++) {
      let mark: number | undefined;
      const { events, more } = await this.pages.read(source, () => {
        mark = this.feeds.markOf(room.id);
        return this.#store.log.page(page);
      });
      const [first, last] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0];
      // Whoever was told of a change meanwhile would take the page for what came of it.
      if (!this.feeds.wasChanged(room.id, mark, first, last))
        return { room: room.slug, events: this.#toEvents(room, events), more };
    }
    throw unavailable('These messages are being changed. Try again in a moment.');
  }

  /** Throws what `follow` would throw: `room_not_found`, `not_a_member`, `unauthorized`. */
  async checkReadable(viewer: Viewer, name: string): Promise<void> {
    await this.#readable(viewer, name);
  }

  /** Follows a room: everything after `since`, or from now on. */
  async follow(viewer: Viewer, name: string, since: number | undefined, sink: FeedSink): Promise<Subscription> {
    const room = await this.#readable(viewer, name);
    const subscription = this.feeds.subscribe(room, sink);
    try {
      const [heads, inside] = await Promise.all([
        this.#store.rooms.heads([room.id]),
        // Again: a leaving while that was looked up for the first time found nothing to end.
        viewer === undefined || room.open || this.#isForAll(room) ? undefined : this.rooms.inside(viewer, room),
      ]);
      if (inside !== undefined) subscription.seenInside(inside.lastSeq);
      const head = heads.get(room.id)?.lastSeq ?? 0;
      if (since === undefined || since >= head) subscription.goLive(head);
      else subscription.catchUp(since);
    } catch (error) {
      subscription.end();
      throw error;
    }
    return subscription;
  }

  /** Sends a message; resolves once it is committed, with the room's name as it is, however it was asked for. */
  async send(sender: Principal, message: OutgoingMessage): Promise<Sent & { readonly room: string }> {
    const queued = await this.enqueue(sender, message);
    const [sent, { slug }] = await Promise.all([queued.sent, this.#directory.get(message.room)]);
    return { ...sent, room: slug };
  }

  /**
   * Puts a message into the queue, at once where nothing has to be asked, so that a caller that waits for each call before
   * the next keeps its order and still has many commits under way.
   */
  enqueue(sender: Principal, message: OutgoingMessage): QueuedMessage | Promise<QueuedMessage> {
    checkLength(message.text);
    const wait = this.limits.messages.take(sender.id);
    if (typeof wait === 'number') refuseFor(wait, 'Too many messages.');
    const room = this.#directory.get(message.room);
    if (typeof wait === 'number' && !(room instanceof Promise)) return { sent: this.#append(sender, room, message) };
    return this.#enqueueLater(sender, message, wait, room);
  }

  /** Moves the user's read mark forward; `connectionId` is told apart from their other connections. */
  async markRead(user: Principal, name: string, seq: number, connectionId?: string): Promise<void> {
    const room = await this.#directory.get(name);
    if (!room.open) await this.rooms.inside(user, room);
    const mark = await this.#store.rooms.markRead(room.id, user.id, seq);
    if (mark === 'beyond_head') throw new ChatError('bad_request', `seq: ${room.slug} does not reach ${seq} yet.`);
    const { readSeq, readMessages } = mark;
    this.bus.publish({
      kind: 'read',
      userId: user.id,
      roomId: room.id,
      room: room.slug,
      seq: readSeq,
      messages: readMessages,
      connectionId,
    });
  }

  /** Tells who reads the room that the user is typing. Whether they are in it is the caller's to check. */
  typing(user: Principal, roomId: string): void {
    this.bus.publish({ kind: 'typing', roomId, user: { id: user.id, nick: user.nick } });
  }

  /** Refuses what is sent from now on; resolves once what was queued is committed. */
  finish(): Promise<void> {
    return this.#log.close();
  }

  /** Finishes, unless the database does not answer, and ends all reading. */
  async close(): Promise<void> {
    await withinMs(FINISH_TIMEOUT_MS, this.finish());
    this.#delivery.close();
    this.presence.close();
  }

  async #enqueueLater(
    sender: Principal,
    message: OutgoingMessage,
    wait: number | Promise<number>,
    room: RoomIdentity | Promise<RoomIdentity>,
  ): Promise<QueuedMessage> {
    const [retryAfterMs, identity] = await Promise.all([wait, room]);
    refuseFor(retryAfterMs, 'Too many messages.');
    return { sent: this.#append(sender, identity, message) };
  }

  async #append(sender: Principal, room: RoomIdentity, { text, cid, replyTo }: OutgoingMessage): Promise<Sent> {
    const from = { id: sender.id, nick: sender.nick };
    const outcome = await this.#log.append(room, { sender: from, type: 'message', text, cid, replyTo });
    switch (outcome.status) {
      case 'appended':
        return { seq: outcome.event.seq, at: isoTime(outcome.event.at) };
      case 'duplicate':
        // Stored by an attempt whose batch may never have reached the readers here.
        this.feeds.noteHead({ roomId: room.id, lastSeq: outcome.seq });
        return { seq: outcome.seq, at: isoTime(outcome.at) };
      default:
        throw refusalOf(outcome, room, replyTo);
    }
  }

  /** Whether anyone may read the room, without being in it or saying who they are. */
  #isForAll(room: RoomIdentity): boolean {
    return room.kind === 'public' && this.#publicRead;
  }

  async #readable(viewer: Viewer, name: string): Promise<RoomIdentity> {
    const room = await this.#directory.get(name);
    if (this.#isForAll(room)) return room;
    if (viewer === undefined) throw room.kind === 'public' ? signInFirst() : roomNotFound(name);
    if (!room.open) await this.rooms.inside(viewer, room);
    return room;
  }

  #toEvents(room: RoomIdentity, events: readonly StoredEvent[]): RoomEvent[] {
    return events.map((event) => toRoomEvent(room.slug, event));
  }
}

const signInFirst = (): ChatError => new ChatError('unauthorized', 'Sign in first.');
