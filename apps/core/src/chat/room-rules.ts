/**
 * Who may make, enter, change and leave rooms. What these rules change goes through the log or the bus; who reads what
 * is chat.ts. Knows neither sockets nor SQL.
 */
import { ChatError, foldName, MAX_OWN_ROOMS, type RoomKind } from '@parley/protocol';
import { type RoomForUser, type Store, StoreUnavailable } from '@parley/store';
import type { Principal } from '../auth/accounts.ts';
import type { PasswordHasher } from '../auth/password-hasher.ts';
import type { Bus, CreatedRoom } from './bus.ts';
import type { ChatLimits } from './chat-limits.ts';
import {
  nameOutside,
  notInside,
  refusalOf,
  type RoomDirectory,
  type RoomIdentity,
  roomNotFound,
} from './room-directory.ts';
import type { LoggedEvent, GroupCommit } from './group-commit.ts';

export interface NewRoomRequest {
  readonly room: string;
  readonly title?: string | undefined;
  readonly topic?: string | undefined;
  readonly kind?: 'public' | 'private' | undefined;
  readonly password?: string | undefined;
}

export interface RoomRulesOptions {
  readonly store: Pick<Store, 'rooms' | 'nicks'>;
  readonly directory: RoomDirectory;
  readonly groupCommit: GroupCommit;
  readonly bus: Bus;
  /** Whether the user has been heard to be in the room: likely, not certain. */
  readonly isSeenIn: (userId: string, roomId: string) => boolean;
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly limits: ChatLimits;
}

export class RoomRules {
  readonly #options: RoomRulesOptions;

  constructor(options: RoomRulesOptions) {
    this.#options = options;
  }

  /**
   * Makes a room with its creator in it. With a password it is private. `source` is the address that asks, of which one can't
   * have as many as guests. Throws `room_exists`, `forbidden`.
   */
  async create(creator: Principal, request: NewRoomRequest, source: string = creator.id): Promise<RoomIdentity> {
    const { room: slug, password, title = slug, topic = '' } = request;
    await this.#options.limits.act(creator.id);
    await this.#options.limits.room(source);
    if (await this.#hasEnough(creator)) throw tooManyRooms();
    const { store, hasher, directory, bus } = this.#options;
    const made = await this.#made(
      store.rooms.create({
        slug,
        key: foldName(slug),
        title: title.trim() === '' ? slug : title,
        topic,
        kind: password === undefined ? (request.kind ?? 'public') : 'private',
        passwordHash: password === undefined ? undefined : await hasher.hash(password, source),
        creator: { id: creator.id, nick: creator.nick },
      }),
    );
    if (made === 'exists') throw new ChatError('room_exists', `The name ${slug} is taken.`);
    bus.publish({ kind: 'room.created', room: createdRoom(made.room), by: { id: creator.id, nick: creator.nick } });
    return directory.remember(made.room);
  }

  /**
   * Makes the user a member; `joined` tells whether they were none. `source` is the address that asks. Throws
   * `room_not_found`, `wrong_password`, `forbidden`.
   */
  async join(
    user: Principal,
    name: string,
    password?: string,
    source: string = user.id,
  ): Promise<{ room: RoomIdentity; joined: boolean }> {
    const room = await this.#options.directory.get(name);
    if (room.open) return { room, joined: false };
    // The log refuses to let in who is inside: most who are not seen in a public room need not be looked for.
    const isLookedFor = room.kind !== 'public' || this.#options.isSeenIn(user.id, room.id);
    if (isLookedFor && (await this.#isInside(user, room))) return { room, joined: false };
    if (room.kind === 'direct') throw roomNotFound(name);
    if (room.kind === 'private') await this.#admit(user, room, password, source);
    await this.#options.limits.act(user.id);
    if (await this.#hasEnough(user)) {
      if (!isLookedFor && (await this.#isInside(user, room))) return { room, joined: false };
      throw tooManyRooms();
    }
    const outcome = await this.#change(room, { sender: user, type: 'member.joined' });
    return { room, joined: outcome === 'changed' };
  }

  /** The last one to leave a room by invitation may join it again. */
  async leave(user: Principal, name: string): Promise<void> {
    await this.#options.limits.act(user.id);
    const room = await this.#options.directory.get(name);
    if (room.open) throw new ChatError('forbidden', `Everyone is in ${room.slug}; it can be closed, not left.`);
    if (room.kind === 'direct') {
      await this.inside(user, room);
      throw new ChatError('forbidden', 'A conversation between two can be closed, not left.');
    }
    const outcome = await this.#change(room, { sender: user, type: 'member.left' });
    if (outcome === 'unchanged') throw notInside(room);
    await this.#keepDoorOpen(user, room);
  }

  async setTopic(user: Principal, name: string, topic: string): Promise<void> {
    await this.#options.limits.act(user.id);
    const room = await this.#options.directory.get(name);
    await this.#change(room, { sender: user, type: 'topic.changed', topic });
  }

  /** Lets someone join a private room without its password, and tells them; nothing, where they are in it. Throws `not_found`. */
  async invite(user: Principal, name: string, nick: string): Promise<void> {
    await this.#options.limits.act(user.id);
    const room = await this.#options.directory.get(name);
    await this.inside(user, room);
    if (room.kind === 'direct') throw new ChatError('forbidden', 'A conversation between two stays between two.');
    const invited = await this.#holder(nick);
    const row = await this.#options.store.rooms.forUser(room.id, invited.userId);
    if (row?.member === true) return;
    await this.#options.store.rooms.invite(room.id, invited.userId);
    const text = `${user.nick} invites you to ${room.slug}: /join ${room.slug}`;
    this.#options.bus.publish({ kind: 'notice', userId: invited.userId, text });
  }

  /** Who comes in is told whereto they were invited while they were away; undefined: nowhere. */
  async invitationWords(user: Principal): Promise<string | undefined> {
    const [room, ...others] = await this.#options.store.rooms.invitationsOf(user.id);
    if (room === undefined) return undefined;
    if (others.length === 0) return `You are invited to ${room}: /join ${room}`;
    const more = others.length === 1 ? `${others[0]}` : `${others.length} other rooms`;
    return `You are invited to ${room} and ${more}: /rooms lists them.`;
  }

  /** The room of two people, made when they have none. The other hears of it with the first message. Throws `not_found`, `forbidden`. */
  async openDirect(user: Principal, nick: string): Promise<RoomIdentity> {
    await this.#options.limits.act(user.id);
    const { rooms } = this.#options.store;
    const other = await this.#holder(nick);
    if ((await this.#hasEnough(user)) && !(await rooms.hasDirect(user.id, other.userId))) throw tooManyRooms();
    const row = await this.#made(rooms.openDirect(user.id, other.userId));
    const pair = [
      { id: user.id, nick: user.nick },
      { id: other.userId, nick: other.nick },
    ] as const;
    this.#options.bus.publish({ kind: 'direct.opened', room: createdRoom(row), pair });
    return this.#options.directory.remember(row);
  }

  /** The room as the user, who must be in it, sees it. */
  async inside(user: Principal, room: RoomIdentity): Promise<RoomForUser> {
    const row = await this.#options.store.rooms.forUser(room.id, user.id);
    if (row === undefined || !row.member) throw notInside(room);
    return row;
  }

  /** A room that may be there all the same, when the answer is lost: who is in it has yet to be found. */
  async #made<Made>(making: Promise<Made>): Promise<Made> {
    try {
      return await making;
    } catch (error) {
      if (error instanceof StoreUnavailable && error.outcomeUnknown)
        this.#options.bus.publish({ kind: 'doubt', roomIds: [] });
      throw error;
    }
  }

  /** Of a room that nobody could let anyone into any more, the last one keeps the right to come back. */
  async #keepDoorOpen(user: Principal, room: RoomIdentity): Promise<void> {
    if (room.kind !== 'private' || room.passwordHash !== undefined) return;
    const { rooms } = this.#options.store;
    const row = await rooms.forUser(room.id, user.id);
    if (row?.memberCount === 0) await rooms.invite(room.id, user.id);
  }

  async #isInside(user: Principal, room: RoomIdentity): Promise<boolean> {
    return (await this.#options.store.rooms.forUser(room.id, user.id))?.member === true;
  }

  async #admit(user: Principal, room: RoomIdentity, password: string | undefined, source: string): Promise<void> {
    const { store, hasher, limits } = this.#options;
    if (await store.rooms.isInvited(room.id, user.id)) return;
    const name = nameOutside(room);
    if (room.passwordHash === undefined) throw roomNotFound(name);
    if (password !== undefined) {
      await limits.guess(user.id, source, room.id);
      if (await hasher.verify(room.passwordHash, password, source)) return;
    }
    const isAsked = password === undefined;
    const words = isAsked ? `${name} needs a password.` : `That is not the password of ${name}.`;
    throw new ChatError('wrong_password', words);
  }

  async #holder(nick: string): Promise<{ userId: string; nick: string }> {
    const holder = await this.#options.store.nicks.holder(foldName(nick));
    if (holder === undefined) throw new ChatError('not_found', `There is nobody called ${nick}.`);
    return holder;
  }

  /** Whether the user is in as many rooms as they may be by their own acts; one or two more when they do many at once. */
  async #hasEnough(user: Principal): Promise<boolean> {
    return (await this.#options.store.rooms.countOwn(user.id)) >= MAX_OWN_ROOMS;
  }

  async #change(room: RoomIdentity, event: LoggedEvent): Promise<'changed' | 'unchanged'> {
    const sender = { id: event.sender.id, nick: event.sender.nick };
    const outcome = await this.#options.groupCommit.append(room, { ...event, sender });
    switch (outcome.status) {
      case 'appended':
      case 'duplicate':
        return 'changed';
      case 'unchanged':
        return 'unchanged';
      default:
        throw refusalOf(outcome, room);
    }
  }
}

const tooManyRooms = (): ChatError =>
  new ChatError('forbidden', `You are in ${MAX_OWN_ROOMS} rooms, the most there may be. Leave one and try again.`);

const createdRoom = (row: { id: string; slug: string; title: string; topic: string; kind: RoomKind }): CreatedRoom => ({
  id: row.id,
  slug: row.slug,
  title: row.title,
  topic: row.topic,
  kind: row.kind,
});
