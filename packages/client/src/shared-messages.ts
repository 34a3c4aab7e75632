/**
 * Keeps one copy of what many clients of a process are told alike: a host of terminals holds the same room hundreds of
 * times. A frame that went to all of them is read once; events and members that come in answers are exchanged for equal
 * ones that are known. What comes out of here is shared, and must not be changed.
 */
import { decodeServerFrame, type Member, type RoomEvent, type ServerMessage } from '@parley/protocol';

/** Frames to everyone come to all clients within moments of each other. */
const KEPT_FRAMES = 64;
/** Longer ones are answers, which are each client's own. */
const MAX_FRAME_UNITS = 8 * 1024;
/** Some 400 bytes each; pages of a few busy rooms. */
const KEPT_EVENTS = 4096;
const KEPT_MEMBERS = 8192;

const frames = new Map<string, ServerMessage[]>();
const events = new Map<string, RoomEvent>();
const members = new Map<string, Member>();

/** As `decodeServerFrame`; what it answers may be another client's, too. */
export function decodeShared(text: string): readonly ServerMessage[] | undefined {
  if (text.length > MAX_FRAME_UNITS) return decodeServerFrame(text)?.map(share);
  const known = frames.get(text);
  if (known !== undefined) return known;
  const messages = decodeServerFrame(text)?.map(share);
  if (messages !== undefined) keep(frames, KEPT_FRAMES, text, messages);
  return messages;
}

function share(message: ServerMessage): ServerMessage {
  if ('seq' in message && 'from' in message) return sharedEvent(message);
  switch (message.type) {
    case 'room.joined':
      return { ...message, events: message.events.map(sharedEvent), members: message.members.map(sharedMember) };
    case 'history':
      return { ...message, events: message.events.map(sharedEvent) };
    case 'room.members':
      return { ...message, members: message.members.map(sharedMember) };
    default:
      return message;
  }
}

function sharedEvent(event: RoomEvent): RoomEvent {
  const key = `${event.room}\n${event.seq}`;
  const known = events.get(key);
  // An edited message keeps its seq; a server set up anew uses them again.
  if (known !== undefined && isEqual(known, event)) return known;
  keep(events, KEPT_EVENTS, key, event);
  return event;
}

function sharedMember(member: Member): Member {
  const known = members.get(member.id);
  if (known !== undefined && isEqual(known, member)) return known;
  keep(members, KEPT_MEMBERS, member.id, member);
  return member;
}

/** The oldest make room, used or not: what is in use is held by those who use it. */
function keep<Value>(map: Map<string, Value>, limit: number, key: string, value: Value): void {
  map.delete(key);
  const oldest = map.keys().next();
  if (map.size >= limit && oldest.done !== true) map.delete(oldest.value);
  map.set(key, value);
}

/** For values that came as JSON. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = b as Readonly<Record<string, unknown>>;
  return left.length === Object.keys(b).length && left.every(([name, value]) => isEqual(value, right[name]));
}
