/**
 * Which room a name means, remembered: what is kept here never changes, and rooms are never removed, but by a database that
 * comes back older. Then all is forgotten: an id may be another room's by now.
 */
import { BoundedMap, ChatError, foldName, isDirectRoom, type Room, type RoomKind } from '@parley/protocol';
import type { AppendOutcome, RoomForUser, RoomRow, Rooms } from '@parley/store';

/** What about a room never changes. */
export interface RoomIdentity {
  readonly id: string;
  readonly slug: string;
  readonly kind: RoomKind;
  /** Everyone is in it: the lobby. */
  readonly open: boolean;
  readonly passwordHash: string | undefined;
  /** The name that it was asked for by, as it was spelled, where somebody has asked. */
  readonly askedAs?: string;
}

const MAX_REMEMBERED = 10_000;

export class RoomDirectory {
  readonly #rooms: Pick<Rooms, 'bySlug'>;
  /** By the name as it was asked for. */
  #known = new BoundedMap<string, RoomIdentity>(MAX_REMEMBERED);
  /** By the rooms' ids. */
  #slugs = new BoundedMap<string, string>(MAX_REMEMBERED);

  constructor(rooms: Pick<Rooms, 'bySlug'>) {
    this.#rooms = rooms;
  }

  /** The room at once when it is known, so that a known room costs a sender no turn. Throws `room_not_found`. */
  get(name: string): RoomIdentity | Promise<RoomIdentity> {
    return this.#known.get(name) ?? this.#ask(name);
  }

  /** Takes in a room that was read for another reason. */
  remember(row: RoomRow, name: string = row.slug): RoomIdentity {
    this.compare(row);
    const { id, slug, kind, open, passwordHash } = row;
    const identity = { id, slug, kind, open, passwordHash, askedAs: name };
    this.#known.set(name, identity);
    return identity;
  }

  /** A room was told of: under an id that was another one's, it is of another database than what is remembered. */
  compare({ id, slug }: Pick<RoomRow, 'id' | 'slug'>): void {
    if ((this.#slugs.get(id) ?? slug) !== slug) this.forget();
    this.#slugs.set(id, slug);
  }

  /** The database may be an older one by now. */
  forget(): void {
    this.#known = new BoundedMap(MAX_REMEMBERED);
    this.#slugs = new BoundedMap(MAX_REMEMBERED);
  }

  async #ask(name: string): Promise<RoomIdentity> {
    const row = await this.#rooms.bySlug(isDirectRoom(name) ? name : foldName(name));
    if (row === undefined) throw roomNotFound(name);
    return this.remember(row, name);
  }
}

export const roomNotFound = (name: string): ChatError =>
  new ChatError('room_not_found', `There is no room called ${name}.`);

/** What to call a room to someone outside: its own spelling would give away that it is there. */
export const nameOutside = ({ askedAs, slug }: Pick<RoomIdentity, 'askedAs' | 'slug'>): string => askedAs ?? slug;

/** What someone outside hears: of a room that is not public, that it does not exist. */
export const notInside = (room: Pick<RoomIdentity, 'kind' | 'slug' | 'askedAs'>): ChatError =>
  room.kind === 'public'
    ? new ChatError('not_a_member', `You are not in ${room.slug}. Join it first.`)
    : roomNotFound(nameOutside(room));

/** A room as the protocol shows it to one user. `online` counts for the lobby, which has no list of members. */
export function toRoom(row: RoomForUser, online: number): Room {
  return {
    room: row.slug,
    title: row.with?.nick ?? row.title,
    kind: row.kind,
    topic: row.topic,
    lastSeq: row.lastSeq,
    readSeq: row.readSeq,
    unread: row.unread,
    members: row.open ? online : row.memberCount,
    member: row.member,
    ...(row.with === undefined ? {} : { with: row.with }),
  };
}

/** Why something is not in the room's log, for whoever wanted it there; `seq`: the message that it was about. */
export function refusalOf(
  outcome: Exclude<AppendOutcome, { status: 'appended' | 'duplicate' }>,
  room: RoomIdentity,
  seq = 0,
): Error {
  switch (outcome.status) {
    case 'not_a_member':
      return notInside(room);
    case 'reply_not_found':
    case 'message_not_found':
      return new ChatError('not_found', `There is no message ${seq} in ${room.slug}.`);
    case 'not_the_author':
      return new ChatError('forbidden', 'Only who wrote a message may change it.');
    case 'failed':
      return outcome.error;
    default:
      return roomNotFound(nameOutside(room));
  }
}
