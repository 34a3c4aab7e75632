/**
 * The people who are connected to this process, their connections and the rooms they are in: who gets hints. What they are
 * told of rooms that are not live, and when, is room-activity.ts. Knows no sockets.
 *
 *   not here ──add──▶ here, rooms unknown ──enter, `online` on the bus──▶ here, in rooms
 *      ▲                      │                                               │
 *      └─remove of the last───┴──────────────────────`offline` on the bus─────┘
 *
 * Invariants: a user is here from their first connection to the end of their last one; `noted` hears of each once, for who
 * got as far as their rooms (`hasEntered`). `RoomActivity` follows a room for as long as someone here is in it.
 */
import type { Hint, Room, You } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import type { Bus, BusMessage, BusMessageOf, CreatedRoom } from '../chat/bus.ts';
import { SharedHint } from '../chat/shared-hint.ts';
import { type ActivityRecipient, RoomActivity } from './room-activity.ts';

/** A connection as others see it. */
export interface Recipient extends ActivityRecipient {
  readonly id: string;
}

interface LocalUser {
  you: You;
  /** Whether their rooms have been read. Of some it may have been told before. */
  hasEntered: boolean;
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

export interface AudienceOptions {
  readonly bus: Bus;
  /** A user's first connection has come, or their last one has gone. */
  readonly noted: (user: You, kind: 'connected' | 'disconnected') => void;
}

export class Audience {
  readonly #options: AudienceOptions;
  readonly #users = new Map<string, LocalUser>();
  readonly #entering = new Map<string, Entering>();
  readonly #members = new Map<string, Set<LocalUser>>();
  readonly #activity = new RoomActivity({
    membersOf: (roomId) => this.#members.get(roomId),
    isMember: (userId, roomId) => this.hasMember(userId, roomId) === true,
  });

  constructor(options: AudienceOptions) {
    this.#options = options;
    options.bus.subscribe((message) => this.#take(message));
  }

  add(you: You, recipient: Recipient): void {
    const user = this.#users.get(you.id);
    if (user === undefined) {
      this.#users.set(you.id, { you, hasEntered: false, recipients: new Set([recipient]), rooms: new Map() });
    } else {
      user.recipients.add(recipient);
    }
    const entering = this.#entering.get(you.id);
    if (entering === undefined) this.#entering.set(you.id, { recipients: new Set([recipient]), left: new Map() });
    else entering.recipients.add(recipient);
  }

  /** The rooms of a user whose connection has just come, as they were read: but for those that were left since. */
  enter(you: You, recipient: Recipient, rooms: readonly RoomForUser[]): void {
    const user = this.#users.get(you.id);
    if (user === undefined) return;
    const isFirst = !user.hasEntered;
    user.hasEntered = true;
    user.you = you;
    for (const row of rooms) {
      if (row.lastSeq < (this.#entering.get(you.id)?.left.get(row.id) ?? 0)) continue;
      this.#join(user, row.id, row, row.messageCount - row.unread);
      this.#activity.tellMissed(user, recipient, row);
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
    for (const roomId of user.rooms.keys()) this.#leave(user, roomId);
    this.#users.delete(you.id);
    if (!user.hasEntered) return;
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
    return [...this.#users].flatMap(([id, { hasEntered }]) => (hasEntered ? [id] : []));
  }

  /** The rooms that the user is known to be in, and how many messages of each they have read. Empty for who is not here. */
  roomsOf(userId: string): ReadonlyMap<string, number> {
    return this.#users.get(userId)?.rooms ?? NO_ROOMS;
  }

  /** Whether the user is known to be in the room; undefined for someone who is not here. */
  hasMember(userId: string, roomId: string): boolean | undefined {
    return this.#users.get(userId)?.rooms.has(roomId);
  }

  /** The user is in a room that nobody has told of, and is told of its news. */
  learn(userId: string, row: RoomForUser, room: Room): void {
    const user = this.#users.get(userId);
    if (user === undefined) return;
    this.#join(user, row.id, row, row.messageCount - row.unread);
    this.hintUser(userId, { type: 'room.created', room });
    this.#activity.tellLearned(user, row);
    // Else `enter` tells of all.
    if (!user.hasEntered) return;
    const { bus } = this.#options;
    bus.publish({ kind: 'online', replica: bus.replica, user: user.you, roomIds: [...user.rooms.keys()] });
  }

  /** How far the user has read a room that they are in, when that is further than anyone has told. */
  noteRead(userId: string, row: RoomForUser): void {
    const messages = row.messageCount - row.unread;
    if (messages <= (this.roomsOf(userId).get(row.id) ?? Infinity)) return;
    const { id: roomId, slug: room, readSeq: seq } = row;
    this.#takeRead({ kind: 'read', userId, roomId, room, seq, messages, connectionId: undefined });
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
    return this.#activity.headOf(roomId);
  }

  /** A room's log reaches further than anyone has told. */
  noteHead(head: Omit<BusMessageOf<'activity'>, 'kind'>): void {
    this.#activity.take(head);
  }

  close(): void {
    this.#activity.close();
  }

  #take(message: BusMessage): void {
    switch (message.kind) {
      case 'members':
        this.#takeMembers(message);
        return;
      case 'activity':
        this.#activity.take(message);
        return;
      case 'rewound':
        this.#takeRewound(message);
        return;
      case 'room.created':
        this.#takeCreated(message.room, message.by.id);
        return;
      case 'direct.opened':
        this.#takeDirect(message);
        return;
      case 'read':
        this.#takeRead(message);
        return;
      case 'room.entered':
        this.hintUser(message.userId, { type: 'room.created', room: message.room }, message.connectionId);
        return;
      case 'notice':
        this.hintUser(message.userId, { type: 'notice', text: message.text });
        return;
      default:
    }
  }

  #takeMembers({ roomId, lastSeq, messages, changes }: BusMessageOf<'members'>): void {
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

  /** What was read of a log that has gone back is no more than it holds. */
  #takeRewound(message: BusMessageOf<'rewound'>): void {
    if (!this.#activity.rewind(message)) return;
    const { roomId, messages } = message;
    for (const { rooms } of this.#members.get(roomId) ?? []) {
      rooms.set(roomId, Math.min(messages, rooms.get(roomId) ?? 0));
    }
  }

  #takeDirect({ room: created, pair: [opener, other] }: BusMessageOf<'direct.opened'>): void {
    const user = this.#users.get(opener.id);
    if (user === undefined || user.rooms.has(created.id)) return;
    this.#join(user, created.id, { lastSeq: 0, messageCount: 0 }, 0);
    const room = { ...newRoom(created, true), title: other.nick, members: 2, with: other };
    this.hintUser(opener.id, { type: 'room.created', room });
  }

  #takeRead({ userId, roomId, room, seq, messages, connectionId }: BusMessageOf<'read'>): void {
    const user = this.#users.get(userId);
    if (user?.rooms.has(roomId) !== true) return;
    user.rooms.set(roomId, Math.max(messages, user.rooms.get(roomId) ?? 0));
    this.#activity.noteRead(userId, roomId, messages);
    this.hintUser(userId, { type: 'read', room, seq }, connectionId);
  }

  #takeCreated(created: CreatedRoom, creatorId: string): void {
    const creator = this.#users.get(creatorId);
    if (creator !== undefined) this.#join(creator, created.id, { lastSeq: 1, messageCount: 0 }, 0);
    this.hintUser(creatorId, { type: 'room.created', room: newRoom(created, true) });
    if (created.kind !== 'public') return;
    // To everyone, so without what may be long: lists have it.
    const hint = new SharedHint({ type: 'room.created', room: newRoom({ ...created, topic: '' }, false) });
    for (const [userId, user] of this.#users) {
      if (userId === creatorId) continue;
      for (const recipient of user.recipients) recipient.hint(hint);
    }
  }

  #join(
    user: LocalUser,
    roomId: string,
    { lastSeq, messageCount }: Pick<RoomForUser, 'lastSeq' | 'messageCount'>,
    messagesRead: number,
  ): void {
    this.#activity.follow(roomId, lastSeq, messageCount);
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
    this.#activity.forget(roomId);
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
