/**
 * The part of a room's log that one client holds: a window of shown events, ascending, with edits, deletions and
 * reactions folded into the messages they are about, and comings and goings in a row folded into one. Knows neither the
 * wire nor the screen.
 *
 * Invariants: `firstSeq` … `lastSeq` is the window that was seen, gap-free, also where its events show nothing of their
 * own; an event at or below `lastSeq` changes nothing when it comes again.
 */
import type { MessageEvent, RoomEvent } from '@parley/protocol';
import { copyLog } from './copies.ts';
import { joinMembershipRuns, type MembershipRun, membershipRunOf, withMembership } from './membership-runs.ts';
import { joinedList, sharedList } from './shared-lists.ts';
import { unreachable } from './unreachable.ts';

/** What has a line of its own: an event, or a run of people coming and going. */
export type ShownEvent = Extract<RoomEvent, { type: 'message' | 'topic.changed' }> | MembershipRun;

export interface RoomLog {
  readonly events: readonly ShownEvent[];
  /** The oldest and the newest `seq` of the window; 0 and 0 while it is empty. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Whether the server holds events before `firstSeq`. */
  readonly more: boolean;
}

/** How many events a followed room keeps at least, and how many it may grow to before it is cut back. */
export const KEPT_EVENTS = 150;
export const MAX_EVENTS = 200;
/** How many it keeps on either side of what someone who has scrolled back looks at, and may grow to in all. */
const HELD_EVENTS = 250;
export const MAX_HELD_EVENTS = 800;
/** It is cut where the same of all clients are cut, wherever they joined: then they hold the same list (shared-lists.ts). */
const CUT_SEQS = 50;

export const EMPTY_LOG: RoomLog = { events: [], firstSeq: 0, lastSeq: 0, more: false };

/** The newest page of a room, as `room.joined` brings it. */
export function logOf(events: readonly RoomEvent[], more: boolean): RoomLog {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) return { ...EMPTY_LOG, more };
  return { events: fold([], events), firstSeq: first.seq, lastSeq: last.seq, more };
}

/** The log after live events, which are ascending. */
export function appendEvents(log: RoomLog, events: readonly RoomEvent[]): RoomLog {
  const newer = events.filter(({ seq }) => seq > log.lastSeq);
  const first = newer[0];
  const last = newer.at(-1);
  if (first === undefined || last === undefined) return log;
  const next = copyLog(log);
  next.events = fold(log.events, newer);
  if (log.firstSeq === 0) next.firstSeq = first.seq;
  next.lastSeq = last.seq;
  return next;
}

/** The log after live events that follow further on: what they change of it is another one. */
export function changeEvents(log: RoomLog, events: readonly RoomEvent[]): RoomLog {
  const changes = events.filter((event) => 'target' in event && event.target >= log.firstSeq);
  if (changes.length === 0) return log;
  const next = copyLog(log);
  next.events = fold(log.events, changes);
  return next;
}

/** The messages of a log that say something else than in the log of before, ascending; one that is deleted too. */
export function changedMessages(before: RoomLog, after: RoomLog): readonly MessageEvent[] {
  if (before.events === after.events) return [];
  const known = new Map(before.events.map((event) => [event.seq, event]));
  return after.events.filter((event): event is MessageEvent => {
    const was = known.get(event.seq);
    if (event.type !== 'message' || was?.type !== 'message' || was === event) return false;
    return was.text !== event.text || was.deleted !== event.deleted;
  });
}

/** The log after a page of older events. */
export function prependEvents(log: RoomLog, page: readonly RoomEvent[], more: boolean): RoomLog {
  const older = log.firstSeq === 0 ? page : page.filter((event) => event.seq < log.firstSeq);
  const first = older[0];
  if (first === undefined) return { ...log, more };
  const lastSeq = log.firstSeq === 0 ? (older.at(-1)?.seq ?? 0) : log.lastSeq;
  // What the page's edits are about lies in the page or before it; history shows messages as they are now anyway.
  return { events: joined(fold([], older), log.events), firstSeq: first.seq, lastSeq, more };
}

/** Two stretches as one; a run of comings and goings that a page's edge has cut is one run again. */
function joined(older: readonly ShownEvent[], newer: readonly ShownEvent[]): readonly ShownEvent[] {
  const end = older.at(-1);
  const begin = newer[0];
  const run =
    end?.type === 'membership.run' && begin?.type === 'membership.run' ? joinMembershipRuns(end, begin) : undefined;
  return run === undefined ? [...older, ...newer] : [...older.slice(0, -1), run, ...newer.slice(1)];
}

/** Lets go of the oldest events once there are too many; paging brings them back. */
export function trimLog(log: RoomLog): RoomLog {
  if (log.events.length <= MAX_EVENTS) return log;
  let from = log.events.length - KEPT_EVENTS;
  const stretch = (at: number): number => Math.floor((log.events[at]?.seq ?? 0) / CUT_SEQS);
  while (from > 0 && stretch(from - 1) === stretch(from)) from--;
  const events = sharedList(log.events.slice(from));
  return { ...log, events, firstSeq: events[0]?.seq ?? log.firstSeq, more: true };
}

/** The stretch of the log around an event that is looked at, once there is too much of it. */
export function cutAround(log: RoomLog, seq: number): RoomLog {
  const count = log.events.length;
  if (count <= MAX_HELD_EVENTS) return log;
  const found = log.events.findIndex((event) => event.seq >= seq);
  const at = found === -1 ? count : found;
  const from = Math.max(0, Math.min(at, count - HELD_EVENTS) - HELD_EVENTS);
  const end = from + 2 * HELD_EVENTS;
  // What a room keeps of its newest in any case is no stretch of its own.
  const to = end > count - MAX_EVENTS ? count : end;
  const events = log.events.slice(from, to);
  const next = log.events[to];
  return {
    events,
    firstSeq: from === 0 ? log.firstSeq : (events[0]?.seq ?? log.firstSeq),
    // Up to the line that goes: what shows nothing of its own is before that one.
    lastSeq: next === undefined ? log.lastSeq : next.seq - 1,
    more: log.more || from > 0,
  };
}

/** Two stretches as one, where the newer one begins right after the older one; else undefined. */
export function joinLogs(older: RoomLog, newer: RoomLog): RoomLog | undefined {
  if (older.lastSeq + 1 !== newer.firstSeq) return undefined;
  return { ...older, events: joined(older.events, newer.events), lastSeq: newer.lastSeq };
}

function fold(shown: readonly ShownEvent[], events: readonly RoomEvent[]): readonly ShownEvent[] {
  // What nearly all are.
  if (events.every(hasOwnLine)) return joinedList(shown, events);
  const result = [...shown];
  for (const event of events) {
    switch (event.type) {
      case 'message':
      case 'topic.changed':
        result.push(event);
        break;
      case 'member.joined':
      case 'member.left': {
        const last = result.at(-1);
        const longer = last?.type === 'membership.run' ? withMembership(last, event) : undefined;
        if (longer === undefined) result.push(membershipRunOf(event));
        else result[result.length - 1] = longer;
        break;
      }
      case 'message.edited':
      case 'message.deleted':
      case 'reaction':
        change(result, event);
        break;
    }
  }
  return sharedList(result);
}

const hasOwnLine = (event: RoomEvent): event is Extract<ShownEvent, RoomEvent> =>
  event.type === 'message' || event.type === 'topic.changed';

type Change = Extract<RoomEvent, { type: 'message.edited' | 'message.deleted' | 'reaction' }>;

/** What became of messages last: the clients of one process are told of the same changes, and are to hold the same message after. */
const changes = new WeakMap<MessageEvent, { readonly by: Change; readonly message: MessageEvent }>();

function change(events: ShownEvent[], by: Change): void {
  const index = events.findLastIndex((event) => event.seq === by.target);
  const before = events[index];
  if (before?.type !== 'message') return;
  let known = changes.get(before);
  if (known?.by !== by) changes.set(before, (known = { by, message: changed(before, by) }));
  events[index] = known.message;
}

function changed(message: MessageEvent, by: Change): MessageEvent {
  switch (by.type) {
    case 'message.edited':
      // What comes after a page that shows it as it is now changes it no more.
      return message.deleted === true ? message : { ...message, text: by.text, editedAt: by.at };
    case 'message.deleted': {
      const { editedAt: _, ...rest } = message;
      return { ...rest, text: '', deleted: true };
    }
    case 'reaction':
      return react(message, by.emoji, by.from.id, by.on);
    default:
      return unreachable(by);
  }
}

function react(message: MessageEvent, emoji: string, userId: string, on: boolean): MessageEvent {
  const others = (message.reactions?.[emoji] ?? []).filter((id) => id !== userId);
  const ids = on ? [...others, userId] : others;
  const reactions = Object.entries({ ...message.reactions, [emoji]: ids }).filter(([, each]) => each.length > 0);
  return { ...message, reactions: Object.fromEntries(reactions) };
}
