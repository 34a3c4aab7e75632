/**
 * Consecutive events of one room as the wire shows them, encoded once however many read them. Knows no sockets: frames
 * are made of `json` elsewhere.
 */
import type { RoomEvent } from '@parley/protocol';
import type { StoredEvent } from '@parley/store';
import { changedBy, encodeStored, toRoomEvent } from './event-encoding.ts';

/** Stored events, or what another replica has encoded. The rest is made of it when it is first asked for. */
interface Source {
  readonly room: string;
  readonly first: number;
  readonly messages: number;
  readonly stored?: readonly StoredEvent[] | undefined;
  readonly json?: readonly string[] | undefined;
  readonly events?: readonly RoomEvent[] | undefined;
}

export class EventBatch {
  /** The room's slug. */
  readonly room: string;
  readonly first: number;
  readonly last: number;
  /** Messages in the room up to and with the last event. */
  readonly messages: number;
  readonly #stored: readonly StoredEvent[] | undefined;
  #json: readonly string[] | undefined;
  #events: readonly RoomEvent[] | undefined;

  private constructor({ room, first, messages, stored, json, events }: Source) {
    this.room = room;
    this.first = first;
    this.last = first + (stored ?? json ?? []).length - 1;
    this.messages = messages;
    this.#stored = stored;
    this.#json = json;
    this.#events = events;
  }

  /** Events of the room as they come from the log, ascending, without a gap, at least one. */
  static of(room: string, stored: readonly StoredEvent[]): EventBatch {
    return new EventBatch({ room, first: firstOf(room, stored), messages: stored.at(-1)?.messages ?? 0, stored });
  }

  /** What another replica has encoded, the events from `first` on; taken apart only for those who need more than JSON. */
  static received(room: string, first: number, json: readonly string[], messages: number): EventBatch {
    return new EventBatch({ room, first, messages, json });
  }

  /** How many events. */
  get size(): number {
    return this.last - this.first + 1;
  }

  /** Ascending, without a gap, at least one. */
  get events(): readonly RoomEvent[] {
    this.#events ??=
      this.#stored?.map((each) => toRoomEvent(this.room, each)) ??
      // JSON that a replica of the same installation has made of its own events.
      (this.#json ?? []).map((each) => JSON.parse(each) as RoomEvent);
    return this.#events;
  }

  /** Each event as JSON. */
  get json(): readonly string[] {
    this.#json ??= encodeStored(this.room, this.#stored ?? []);
    return this.#json;
  }

  /** Who leaves the room by these events: by id, with the last such seq. */
  get leavers(): ReadonlyMap<string, number> {
    const left = (this.#stored ?? this.events).filter(({ type }) => type === 'member.left');
    return new Map(left.map(({ from, seq }) => [from.id, seq]));
  }

  /** The seqs of the messages that they change. */
  get changed(): readonly number[] {
    if (this.#stored !== undefined) return this.#stored.flatMap((event) => ('target' in event ? [event.target] : []));
    return this.json.flatMap((each) => changedBy(each) ?? []);
  }

  /** The events beyond `seq`, which is from `first` to `last - 1`. */
  after(seq: number): EventBatch {
    return this.#part(seq + 1, this.last, this.messages);
  }

  /** The events up to and with `seq`, which is from `first` on, of a batch that came from the log. */
  upTo(seq: number): EventBatch {
    if (seq >= this.last) return this;
    return this.#part(this.first, seq, this.#stored?.[seq - this.first]?.messages ?? this.messages);
  }

  #part(first: number, last: number, messages: number): EventBatch {
    const [from, to] = [first - this.first, last - this.first + 1];
    return new EventBatch({
      room: this.room,
      first,
      messages,
      stored: this.#stored?.slice(from, to),
      json: this.#json?.slice(from, to),
      events: this.#events?.slice(from, to),
    });
  }
}

/** The first event's seq; throws when the events are none or not contiguous. */
function firstOf(room: string, events: readonly { readonly seq: number }[]): number {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined || last.seq - first.seq !== events.length - 1) {
    throw new RangeError(`${events.length} events of ${room}, ${first?.seq} to ${last?.seq}, are no contiguous batch.`);
  }
  return first.seq;
}
