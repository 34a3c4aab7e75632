/**
 * Keeps one copy of what many clients of a process are told alike: a host of terminals holds the same room hundreds of
 * times. A frame that went to all of them is read once; events and members that come in answers are exchanged for equal
 * ones that are known. What comes out of here is shared, and must not be changed.
 */
import {
  BoundedMap,
  decodeServerFrame,
  type Hint,
  type Member,
  type RoomEvent,
  type ServerMessage,
} from '@parley/protocol';

/** What one frame of the server's says. */
export interface SharedFrame {
  readonly messages: readonly ServerMessage[];
  /** Nothing in it answers anything: it may be looked at later, with what comes after it. `events`: not only hints. */
  readonly news: 'events' | 'hints' | undefined;
}

/** Frames to everyone come to all clients within moments of each other. */
const KEPT_FRAMES = 64;
/** Longer ones are answers, which are each client's own. */
const MAX_FRAME_UNITS = 8 * 1024;
/** Some 400 bytes each; pages of a few busy rooms. */
const KEPT_EVENTS = 4096;
const KEPT_MEMBERS = 8192;

/** An evicted entry stays alive while clients still reference it. */
const frames = new BoundedMap<string, SharedFrame>(KEPT_FRAMES);
const events = new BoundedMap<string, RoomEvent>(KEPT_EVENTS);
const members = new BoundedMap<string, Member>(KEPT_MEMBERS);

/** As `decodeServerFrame`; what it answers may be another client's, too. */
export function decodeShared(text: string): SharedFrame | undefined {
  if (text.length > MAX_FRAME_UNITS) return decode(text);
  const known = frames.get(text);
  if (known !== undefined) return known;
  const frame = decode(text);
  if (frame !== undefined) frames.set(text, frame);
  return frame;
}

/** What news a frame is. Of a long one nobody knows before it is decoded, which costs too much to be done twice: none. */
export const newsIn = (text: string): SharedFrame['news'] =>
  text.length > MAX_FRAME_UNITS ? undefined : decodeShared(text)?.news;

function decode(text: string): SharedFrame | undefined {
  const messages = decodeServerFrame(text)?.map(share);
  if (messages === undefined) return undefined;
  if (!messages.every((message) => isEvent(message) || isHint(message))) return { messages, news: undefined };
  return { messages, news: messages.some(isEvent) ? 'events' : 'hints' };
}

const EVENTS: Readonly<Record<RoomEvent['type'], true>> = {
  message: true,
  'message.edited': true,
  'message.deleted': true,
  reaction: true,
  'member.joined': true,
  'member.left': true,
  'topic.changed': true,
};
const HINTS: Readonly<Record<Hint['type'], true>> = {
  presence: true,
  typing: true,
  'room.activity': true,
  read: true,
  'room.created': true,
  notice: true,
};

export const isEvent = (message: ServerMessage): message is RoomEvent => Object.hasOwn(EVENTS, message.type);
export const isHint = (message: ServerMessage): message is Hint => Object.hasOwn(HINTS, message.type);

function share(message: ServerMessage): ServerMessage {
  if (isEvent(message)) return sharedEvent(message);
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
  events.set(key, event);
  return event;
}

function sharedMember(member: Member): Member {
  const known = members.get(member.id);
  if (known !== undefined && isEqual(known, member)) return known;
  members.set(member.id, member);
  return member;
}

/** For values that came as JSON. Makes nothing: pages of events are compared for every client that comes in. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  let more = 0;
  for (const name in left) {
    if (!isEqual(left[name], right[name])) return false;
    more += 1;
  }
  for (const _ in right) more -= 1;
  return more === 0;
}
