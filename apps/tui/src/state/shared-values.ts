/**
 * Makes one object of what many clients of a process are told alike: the events of a room, the people in it. Changes
 * nothing but memory: a value is only replaced by one that says the same. Bounded; what was forgotten is kept by whoever
 * shows it.
 */
import type { Member, RoomEvent } from '@parley/protocol';

/** Of each kind; twice as many at most. */
const KEPT = 1024;

class SharedValues<Value extends object> {
  /** Two generations: what is asked for moves to the young one; when that is full, the old one goes. */
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** The value of this key that says the same as the one given; that one when there is none. */
  get(key: string, value: Value): Value {
    const known = this.#young.get(key) ?? this.#old.get(key);
    const shared = known !== undefined && saySame(known, value) ? known : value;
    if (this.#young.size >= KEPT && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, shared);
    return shared;
  }
}

type Kept = Extract<RoomEvent, { type: 'message' | 'topic.changed' }>;

const events = new SharedValues<Kept>();
const members = new SharedValues<Member>();

/** The event as all who were told of it have it. */
export const sharedEvent = (event: Kept): Kept => events.get(`${event.room} ${event.seq}`, event);

export const sharedMember = (member: Member): Member => members.get(member.id, member);

/** Whether all fields are the same, down to the fields of objects in them. */
function saySame(a: object, b: object): boolean {
  if (a === b) return true;
  const fields = Object.entries(a);
  if (fields.length !== Object.keys(b).length) return false;
  return fields.every(([name, value]: [string, unknown]) => {
    const other: unknown = (b as Record<string, unknown>)[name];
    if (value === other) return true;
    return typeof value === 'object' && value !== null && typeof other === 'object' && other !== null
      ? saySame(value, other)
      : false;
  });
}
