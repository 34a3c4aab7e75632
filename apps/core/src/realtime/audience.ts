/**
 * The people who are connected to this process, their connections and the rooms they are in: who gets hints, and
 * `room.activity` for the rooms that are not live. Knows no sockets.
 *
 * Invariant: a user is here from their first connection to the end of their last one; both are told on the bus once.
 */
import { type Hint, ROOM_ACTIVITY_INTERVAL_MS, type Room, type You } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import type { Bus, BusMessage, CreatedRoom } from '../chat/bus.ts';
import { SharedHint } from '../chat/shared-hint.ts';

/** A connection as others see it. */
export interface Recipient {
  readonly id: string;
  isLive(roomId: string): boolean;
  hint(hint: SharedHint): void;
}

interface LocalUser {
  you: You;
  readonly recipients: Set<Recipient>;
  /** Room → messages up to the read mark. */
  readonly rooms: Map<string, number>;
}

/** While the rooms of someone's new connections are read. */
interface Entering {
  readonly recipients: Set<Recipient>;
  /** Rooms that were left meanwhile, with how far their logs reached then. */
  readonly left: Map<string, number>;
}

interface Head {
  readonly lastSeq: number;
  readonly messages: number;
}

interface Active extends Head {
  readonly room: string;
}

export interface AudienceOptions {
  readonly bus: Bus;
  /** A user's first connection has come, or their last one has gone. */
  readonly noted: (user: You, kind: 'connected' | 'disconnected') => void;
}

const ACTIVITY_TICK_MS = 250;

export class Audience {
  readonly #options: AudienceOptions;
  readonly #users = new Map<string, LocalUser>();
  readonly #entering = new Map<string, Entering>();
  readonly #members = new Map<string, Set<LocalUser>>();
  /** How far the log of each of their rooms is known to reach. */
  readonly #heads = new Map<string, Head>();
  /** Rooms with news that has not been told. */
  readonly #active = new Map<string, Active>();
  /** Of those here: who was named since their rooms were told of last. */
  readonly #mentioned = new Map<string, Set<string>>();
  /** What was told of rooms within the last second, and when. */
  readonly #told = new Map<string, { readonly news: Active; readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AudienceOptions) {
    this.#options = options;
    options.bus.subscribe((message) => this.#take(message));
  }

  add(you: You, recipient: Recipient): void {
    const user = this.#users.get(you.id);
    if (user === undefined) this.#users.set(you.id, { you, recipients: new Set([recipient]), rooms: new Map() });
    else user.recipients.add(recipient);
    const entering = this.#entering.get(you.id);
    if (entering === undefined) this.#entering.set(you.id, { recipients: new Set([recipient]), left: new Map() });
    else entering.recipients.add(recipient);
  }

  /** The rooms of a user whose connection has just come, as they were read: but for those that were left since. */
  enter(you: You, recipient: Recipient, rooms: readonly RoomForUser[]): void {
    const user = this.#users.get(you.id);
    if (user === undefined) return;
    const isFirst = user.rooms.size === 0;
    user.you = you;
    for (const row of rooms) {
      if (row.lastSeq < (this.#entering.get(you.id)?.left.get(row.id) ?? 0)) continue;
      this.#join(user, row.id, row, row.messageCount - row.unread);
      this.#tellSince(row, user, recipient);
    }
    this.#entered(you.id, recipient);
    const { bus, noted } = this.#options;
    bus.publish({ kind: 'online', replica: bus.replica, user: you, roomIds: [...user.rooms.keys()] });
    if (isFirst) noted(you, 'connected');
  }

  remove(you: You, recipient: Recipient): void {
    const user = this.#users.get(you.id);
    if (user === undefined) return;
    this.#entered(you.id, recipient);
    if (!user.recipients.delete(recipient) || user.recipients.size > 0) return;
    const wasOnline = user.rooms.size > 0;
    for (const roomId of user.rooms.keys()) this.#leave(user, roomId);
    this.#users.delete(you.id);
    if (!wasOnline) return;
    const { bus, noted } = this.#options;
    bus.publish({ kind: 'offline', replica: bus.replica, userId: you.id });
    noted(user.you, 'disconnected');
  }

  /** Sends a hint to a user's connections but one. */
  hintUser(userId: string, hint: Hint, exceptConnectionId?: string): void {
    const shared = new SharedHint(hint);
    for (const recipient of this.#users.get(userId)?.recipients ?? []) {
      if (recipient.id !== exceptConnectionId) recipient.hint(shared);
    }
  }

  /** Those whose rooms are known. */
  userIds(): string[] {
    return [...this.#users].flatMap(([id, { rooms }]) => (rooms.size > 0 ? [id] : []));
  }

  /** The rooms that the user is known to be in, and how many messages of each they have read. Empty for who is not here. */
  roomsOf(userId: string): ReadonlyMap<string, number> {
    return this.#users.get(userId)?.rooms ?? NO_ROOMS;
  }

  /** Whether the user is known to be in the room; undefined for someone who is not here. */
  hasMember(userId: string, roomId: string): boolean | undefined {
    return this.#users.get(userId)?.rooms.has(roomId);
  }

  /** The user is in a room that nobody has told of. */
  learn(userId: string, row: RoomForUser, room: Room): void {
    const user = this.#users.get(userId);
    if (user === undefined) return;
    this.#join(user, row.id, row, row.messageCount - row.unread);
    this.hintUser(userId, { type: 'room.created', room });
    const { bus } = this.#options;
    bus.publish({ kind: 'online', replica: bus.replica, user: user.you, roomIds: [...user.rooms.keys()] });
  }

  /** How far the user has read a room that they are in, when that is further than anyone has told. */
  noteRead(userId: string, row: RoomForUser): void {
    const messages = row.messageCount - row.unread;
    if (messages <= (this.roomsOf(userId).get(row.id) ?? Infinity)) return;
    const { id: roomId, slug: room, readSeq: seq } = row;
    this.#take({ kind: 'read', userId, roomId, room, seq, messages, connectionId: undefined });
  }

  /** The user is in these rooms no more, and nobody has told of it. */
  unlearn(userId: string, roomIds: Iterable<string>): void {
    const user = this.#users.get(userId);
    const leftRoomIds = [...roomIds].filter((roomId) => user?.rooms.has(roomId));
    if (user === undefined || leftRoomIds.length === 0) return;
    for (const roomId of leftRoomIds) this.#leave(user, roomId);
    const { bus } = this.#options;
    bus.publish({ kind: 'online', replica: bus.replica, user: user.you, roomIds: [...user.rooms.keys()], leftRoomIds });
  }

  /** The rooms of everyone here. */
  roomIds(): Iterable<string> {
    return this.#members.keys();
  }

  headOf(roomId: string): number | undefined {
    return this.#heads.get(roomId)?.lastSeq;
  }

  reachOf(roomId: string): number | undefined {
    return this.headOf(roomId);
  }

  /** A room's log reaches further than anyone has told. */
  noteHead(head: Omit<Extract<BusMessage, { kind: 'activity' }>, 'kind'>): void {
    this.#takeActivity({ kind: 'activity', ...head });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#active.clear();
    this.#mentioned.clear();
  }

  #take(message: BusMessage): void {
    switch (message.kind) {
      case 'members':
        this.#takeMembers(message);
        return;
      case 'activity':
        this.#takeActivity(message);
        return;
      case 'rewound':
        this.#rewind(message);
        return;
      case 'room.created':
        this.#takeCreated(message.room, message.by.id);
        return;
      case 'direct.opened':
        for (const [own, other] of [message.pair, message.pair.toReversed()]) {
          const user = own === undefined ? undefined : this.#users.get(own.id);
          if (user === undefined || other === undefined || user.rooms.has(message.room.id)) continue;
          this.#join(user, message.room.id, { lastSeq: 0, messageCount: 0 }, 0);
          const room = { ...newRoom(message.room, true), title: other.nick, members: 2, with: other };
          this.hintUser(user.you.id, { type: 'room.created', room });
        }
        return;
      case 'read': {
        const user = this.#users.get(message.userId);
        if (user?.rooms.has(message.roomId) !== true) return;
        user.rooms.set(message.roomId, Math.max(message.messages, user.rooms.get(message.roomId) ?? 0));
        // Who has read all there is need not be told of it.
        if (message.messages >= (this.#active.get(message.roomId)?.messages ?? 0)) {
          this.#mentioned.get(message.roomId)?.delete(message.userId);
        }
        const { room, seq, connectionId } = message;
        this.hintUser(message.userId, { type: 'read', room, seq }, connectionId);
        return;
      }
      case 'room.entered':
        this.hintUser(message.userId, { type: 'room.created', room: message.room }, message.connectionId);
        return;
      case 'notice':
        this.hintUser(message.userId, { type: 'notice', text: message.text });
        return;
      default:
    }
  }

  #takeMembers({ roomId, lastSeq, messages, changes }: Extract<BusMessage, { kind: 'members' }>): void {
    for (const { type, user: each } of changes) {
      const user = this.#users.get(each.id);
      if (user === undefined) continue;
      if (type === 'member.joined') {
        this.#entering.get(user.you.id)?.left.delete(roomId);
        this.#join(user, roomId, { lastSeq, messageCount: messages }, messages);
      } else {
        this.#entering.get(user.you.id)?.left.set(roomId, lastSeq);
        this.#leave(user, roomId);
      }
    }
  }

  #takeActivity({ roomId, room, lastSeq, messages, mentioned }: Extract<BusMessage, { kind: 'activity' }>): void {
    if (!this.#members.has(roomId)) return;
    if (mentioned !== undefined) this.#noteMentioned(roomId, mentioned);
    if (lastSeq <= (this.#active.get(roomId)?.lastSeq ?? 0)) return;
    if (lastSeq > (this.#heads.get(roomId)?.lastSeq ?? 0)) this.#heads.set(roomId, { lastSeq, messages });
    const told = this.#told.get(roomId)?.news;
    const isLate = told !== undefined && lastSeq <= told.lastSeq;
    // Another replica's, which others have overtaken: nothing is new but who was named.
    if (isLate && !this.#mentioned.has(roomId)) return;
    this.#active.set(roomId, isLate ? told : { room, lastSeq, messages });
    this.#timer ??= setTimeout(() => this.#tellActivity(), ACTIVITY_TICK_MS);
  }

  /** Later news are told again, whatever was told before. */
  #rewind({ roomId, lastSeq, messages }: Extract<BusMessage, { kind: 'rewound' }>): void {
    if ((this.headOf(roomId) ?? 0) <= lastSeq) return;
    this.#heads.set(roomId, { lastSeq, messages });
    for (const news of [this.#active, this.#told, this.#mentioned]) news.delete(roomId);
    for (const { rooms } of this.#members.get(roomId) ?? []) {
      rooms.set(roomId, Math.min(messages, rooms.get(roomId) ?? 0));
    }
  }

  #noteMentioned(roomId: string, userIds: readonly string[]): void {
    const here = userIds.filter((id) => this.hasMember(id, roomId));
    if (here.length === 0) return;
    const mentioned = this.#mentioned.get(roomId);
    if (mentioned === undefined) this.#mentioned.set(roomId, new Set(here));
    else for (const id of here) mentioned.add(id);
  }

  #takeCreated(created: CreatedRoom, creatorId: string): void {
    const creator = this.#users.get(creatorId);
    if (creator !== undefined) this.#join(creator, created.id, { lastSeq: 1, messageCount: 0 }, 0);
    this.hintUser(creatorId, { type: 'room.created', room: newRoom(created, true) });
    if (created.kind !== 'public') return;
    const hint = new SharedHint({ type: 'room.created', room: newRoom(created, false) });
    for (const [userId, user] of this.#users) {
      if (userId === creatorId) continue;
      for (const recipient of user.recipients) recipient.hint(hint);
    }
  }

  /** Tells of each active room at most once a second. */
  #tellActivity(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [roomId, active] of this.#active) {
      if (now - (this.#told.get(roomId)?.at ?? -Infinity) < ROOM_ACTIVITY_INTERVAL_MS) continue;
      this.#active.delete(roomId);
      this.#told.set(roomId, { news: active, at: now });
      this.#tell(roomId, active);
    }
    for (const [roomId, { at }] of this.#told) {
      if (now - at >= ROOM_ACTIVITY_INTERVAL_MS) this.#told.delete(roomId);
    }
    if (this.#active.size > 0) this.#timer = setTimeout(() => this.#tellActivity(), ACTIVITY_TICK_MS);
  }

  #tell(roomId: string, { room, lastSeq, messages }: Active): void {
    // Most people who are behind are equally far behind, and not mentioned.
    const hints = new Map<number, SharedHint>();
    const mentioned = this.#mentioned.get(roomId);
    this.#mentioned.delete(roomId);
    for (const user of this.#members.get(roomId) ?? []) {
      const unread = Math.max(0, messages - (user.rooms.get(roomId) ?? 0));
      const isMentioned = unread > 0 && mentioned?.has(user.you.id) === true;
      for (const recipient of user.recipients) {
        if (recipient.isLive(roomId)) continue;
        let hint = isMentioned ? undefined : hints.get(unread);
        if (hint === undefined) {
          const news = { type: 'room.activity', room, lastSeq, unread } as const;
          hint = new SharedHint(isMentioned ? { ...news, mentioned: true } : news);
          if (!isMentioned) hints.set(unread, hint);
        }
        recipient.hint(hint);
      }
    }
  }

  /** The others were told of more, before it was known that this user is in the room. */
  #tellSince({ id, slug, lastSeq }: RoomForUser, user: LocalUser, recipient: Recipient): void {
    const head = this.#heads.get(id);
    if (head === undefined || head.lastSeq <= lastSeq || this.#active.has(id)) return;
    const unread = Math.max(0, head.messages - (user.rooms.get(id) ?? 0));
    recipient.hint(new SharedHint({ type: 'room.activity', room: slug, lastSeq: head.lastSeq, unread }));
  }

  #join(
    user: LocalUser,
    roomId: string,
    { lastSeq, messageCount }: Pick<RoomForUser, 'lastSeq' | 'messageCount'>,
    messagesRead: number,
  ): void {
    // Not raised by who comes later: the others may not have heard of that much.
    if (!this.#heads.has(roomId)) this.#heads.set(roomId, { lastSeq, messages: messageCount });
    user.rooms.set(roomId, Math.max(messagesRead, user.rooms.get(roomId) ?? 0));
    const members = this.#members.get(roomId);
    if (members === undefined) this.#members.set(roomId, new Set([user]));
    else members.add(user);
  }

  /** The recipient's rooms have been read, or it is gone. */
  #entered(userId: string, recipient: Recipient): void {
    const entering = this.#entering.get(userId);
    entering?.recipients.delete(recipient);
    if (entering?.recipients.size === 0) this.#entering.delete(userId);
  }

  #leave(user: LocalUser, roomId: string): void {
    user.rooms.delete(roomId);
    const members = this.#members.get(roomId);
    members?.delete(user);
    if (members?.size !== 0) return;
    this.#members.delete(roomId);
    this.#mentioned.delete(roomId);
    this.#heads.delete(roomId);
  }
}

const NO_ROOMS: ReadonlyMap<string, number> = new Map();

const newRoom = (created: CreatedRoom, member: boolean): Room => ({
  room: created.slug,
  title: created.title,
  kind: created.kind,
  topic: created.topic,
  lastSeq: created.kind === 'direct' ? 0 : 1,
  readSeq: member && created.kind !== 'direct' ? 1 : 0,
  unread: 0,
  members: 1,
  member,
});
