/** The rooms of the person who is signed in, as `welcome` listed them and everything since has changed them. */
import type { Author, Hint, Room, RoomEvent } from '@parley/protocol';

export interface OwnRoomsOptions {
  changed(room: Room): void;
  gone(room: string): void;
  /** Asks the server for one of the rooms by its name. May reject. */
  find(room: string): Promise<Room | undefined>;
}

export class OwnRooms {
  readonly #options: OwnRoomsOptions;
  readonly #rooms = new Map<string, Room>();
  /** Those that the server is being asked for. */
  readonly #learning = new Set<string>();

  constructor(options: OwnRoomsOptions) {
    this.#options = options;
  }

  get all(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  /** A welcome's list: what is not in it is gone. */
  replace(rooms: readonly Room[]): void {
    const names = new Set(rooms.map((room) => room.room));
    for (const name of this.#rooms.keys()) if (!names.has(name)) this.remove(name);
    for (const room of rooms) this.set(room);
  }

  set(room: Room): void {
    this.#rooms.set(room.room, room);
    this.#options.changed(room);
  }

  remove(name: string): void {
    if (this.#rooms.delete(name)) this.#options.gone(name);
  }

  hint(hint: Hint): void {
    if (hint.type === 'room.activity') {
      const room = this.#rooms.get(hint.room);
      if (room === undefined) return void this.#learn(hint.room);
      // One that was overtaken would take back what is known.
      if (hint.lastSeq < room.lastSeq) return;
      const next = copyRoom(room);
      next.lastSeq = hint.lastSeq;
      // A mark of one's own may be on its way still: what is before it is read.
      next.unread = Math.min(hint.unread, Math.max(0, hint.lastSeq - room.readSeq));
      this.set(next);
    } else if (hint.type === 'read') {
      this.read(hint.room, hint.seq);
    } else if (hint.type === 'presence') {
      this.#named(hint.users ?? []);
    } else if (hint.type === 'room.created' && (hint.room.kind === 'direct' || hint.room.member === true)) {
      if (!this.#rooms.has(hint.room.room)) this.set(hint.room);
    }
  }

  /** A room that is one's own by what another connection did: asks what it is. */
  async #learn(name: string): Promise<void> {
    if (this.#learning.has(name)) return;
    this.#learning.add(name);
    try {
      const found = await this.#options.find(name);
      if (found !== undefined && !this.#rooms.has(name)) this.set(found);
    } catch {
      // The room's next activity asks again.
    } finally {
      this.#learning.delete(name);
    }
  }

  /** Direct rooms are called after the other person, whatever room it is that tells their nick. */
  #named(people: readonly Author[]): void {
    if (people.length === 0) return;
    for (const room of this.#rooms.values()) {
      const { with: other } = room;
      const now = other === undefined ? undefined : people.find(({ id }) => id === other.id);
      if (other === undefined || now === undefined || now.nick === other.nick) continue;
      const next = copyRoom(room);
      next.title = now.nick;
      next.with = { id: now.id, nick: now.nick };
      this.set(next);
    }
  }

  /** Events of one live room, given on in order. */
  events(name: string, events: readonly RoomEvent[], userId: string): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    let { lastSeq, unread, members, topic } = room;
    for (const event of events) {
      if (event.seq <= lastSeq) continue;
      lastSeq = event.seq;
      if (event.type === 'message' && event.from.id !== userId) unread += 1;
      else if (event.type === 'member.joined') members += 1;
      else if (event.type === 'member.left') members = Math.max(0, members - 1);
      else if (event.type === 'topic.changed') topic = event.topic;
    }
    if (lastSeq === room.lastSeq) return;
    const next = copyRoom(room);
    next.lastSeq = lastSeq;
    next.unread = unread;
    next.members = members;
    next.topic = topic;
    this.set(next);
  }

  /** Read up to a seq. How many of the rest are messages the server knows: here they count as at most all of them. */
  read(name: string, seq: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined || seq <= room.readSeq) return;
    const next = copyRoom(room);
    next.readSeq = seq;
    next.unread = Math.min(room.unread, Math.max(0, room.lastSeq - seq));
    this.set(next);
  }
}

/** Fields by name: spreads, one for each frame of a lively room, would make objects of many shapes, which are slow. */
function copyRoom(room: Room): Room {
  const { title, kind, topic, lastSeq, readSeq, unread, members } = room;
  const copy: Room = { room: room.room, title, kind, topic, lastSeq, readSeq, unread, members };
  if (room.with !== undefined) copy.with = room.with;
  if (room.member !== undefined) copy.member = room.member;
  return copy;
}
