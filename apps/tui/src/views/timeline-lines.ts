/**
 * Which lines an open room has, from its state alone: events, notes, what is on its way, and what became of them between two
 * states. Knows no rows, no width and no place in the list.
 */
import type { ListKey } from '@parley/terminal';
import type { ShownEvent } from '../state/room-log.ts';
import type { Note, OpenRoom, PendingLine } from '../state/state.ts';
import type { TimelineItem } from './timeline.ts';

/** The first event after the marker, which the "new" line stands above. */
export const firstNew = (open: OpenRoom): number | undefined =>
  open.marker === undefined || (open.log.events.at(-1)?.seq ?? 0) <= open.marker
    ? undefined
    : open.log.events.find((event) => event.seq > (open.marker ?? 0))?.seq;

/** What one pending message is in the list. */
export const pendingItem = (line: PendingLine): TimelineItem => ({ kind: 'pending', key: `p:${line.cid}`, line });
/** What one note is in the list. */
export const noteItem = (note: Note): TimelineItem => ({ kind: 'note', key: `n:${note.id}`, note });

/** Items of events that no "new" line stands above: the same for all clients that show the event. */
const plainItems = new WeakMap<ShownEvent, TimelineItem>();

/** `first`: the seq of the event that the "new" line stands above. */
export function eventItem(event: ShownEvent, first: number | undefined): TimelineItem {
  if (event.seq === first) return { kind: 'event', key: event.seq, event, first: true };
  let item = plainItems.get(event);
  if (item === undefined) {
    item = { kind: 'event', key: event.seq, event, first: false };
    plainItems.set(event, item);
  }
  return item;
}

/** The lines of a room from the newest on, `most` of them. A note stays below what it was written under. */
export function newestLines(open: OpenRoom, begin: readonly TimelineItem[], most = Infinity): TimelineItem[] {
  const { log } = open;
  const notes = shownNotes(open);
  const first = firstNew(open);
  const lines = shownPending(open).map(pendingItem).toReversed();
  let note = notes.length - 1;
  for (let at = log.events.length - 1; at >= 0 && lines.length < most; at--) {
    const event = log.events[at];
    if (event === undefined) break;
    note = addNotes(lines, notes, note, event.seq);
    lines.push(eventItem(event, first));
  }
  if (lines.length >= most) return lines;
  addNotes(lines, notes, note, -Infinity);
  return [...lines, ...begin.toReversed()];
}

/** What stands below the newest message does not stand below a stretch that ends before it. */
export const shownPending = ({ pending, live }: OpenRoom): readonly PendingLine[] =>
  live === undefined ? pending : [];
export const shownNotes = ({ notes, log, live }: OpenRoom): readonly Note[] =>
  live === undefined ? notes : notes.filter(({ after }) => after <= log.lastSeq);

/** The message that a line is, or is below. */
export function seqOf(key: ListKey, { log, notes }: OpenRoom): number {
  if (typeof key === 'number') return key;
  const note = notes.find((each) => noteItem(each).key === key);
  return note?.after ?? (key === 'begin' ? log.firstSeq : log.lastSeq);
}

/** Whether a note or the "new" line stands in the newest `height` rows, or right above them. An event takes a row at least. */
export function hasOwnAmongLast({ log: { events }, notes, marker }: OpenRoom, height: number): boolean {
  const top = events.at(-1 - height)?.seq ?? 0;
  const isNear = (after: number | undefined): boolean => after !== undefined && after >= top;
  const hasNew = marker !== undefined && marker < (events.at(-1)?.seq ?? 0);
  return isNear(notes.at(-1)?.after) || (hasNew && isNear(marker));
}

/** Adds those notes, from the one at `from` upwards, that stand below the event; answers with the next one. */
function addNotes(lines: TimelineItem[], notes: readonly Note[], from: number, seq: number): number {
  let at = from;
  for (let note = notes[at]; note !== undefined && note.after >= seq; note = notes[--at]) lines.push(noteItem(note));
  return at;
}

/** Whether events were added at the end and nothing else happened. Changes are near the end: that is looked at first. */
export function isLonger(was: readonly ShownEvent[], is: readonly ShownEvent[]): boolean {
  if (is.length < was.length || was[0] !== is[0]) return false;
  for (let index = was.length - 1; index >= 0; index--) if (was[index] !== is[index]) return false;
  return true;
}

/** The events after a seq: mostly a few at the end. */
export function newerThan(events: readonly ShownEvent[], seq: number): readonly ShownEvent[] {
  let from = events.length;
  while (from > 0 && (events[from - 1]?.seq ?? 0) > seq) from--;
  return events.slice(from);
}

/** How many of the last lines are messages of others: what is worth saying when it is below. */
export function messagesAmongLast(open: OpenRoom, lines: number): number {
  const { log, notes, pending } = open;
  let left = lines - pending.length;
  let note = notes.length - 1;
  let count = 0;
  for (let index = log.events.length - 1; index >= 0 && left > 0; index--) {
    const event = log.events[index];
    for (; note >= 0 && (notes[note]?.after ?? 0) >= (event?.seq ?? 0) && left > 0; note--) left--;
    if (left-- > 0 && event?.type === 'message') count++;
  }
  return count;
}

/** Whether lines at an end of what was shown have gone, or its end is another kind of end now. */
export function isCutAnew(before: OpenRoom, open: OpenRoom): boolean {
  if (before.room !== open.room || before.load !== open.load) return false;
  const isCut = open.live !== undefined;
  const { log } = before;
  return (before.live !== undefined) !== isCut || open.log.firstSeq > log.firstSeq || open.log.lastSeq < log.lastSeq;
}

/** Whether the list can go from one state to the other by adding and changing, without starting anew. */
export function isContinued(before: OpenRoom, open: OpenRoom): boolean {
  const isOpened = before.glimpse !== undefined && open.load === 'ready';
  if (before.room !== open.room || (before.load !== open.load && !isOpened)) return false;
  const was = before.log;
  const is = open.log;
  if (is === was) return true;
  if (is.lastSeq < was.lastSeq || is.firstSeq > was.firstSeq) return false;
  const oldest = was.events[0];
  if (oldest === undefined || oldest === is.events[0]) return true;
  // The log was opened anew, with a hole between what was shown and what is there now.
  return is.events.some(
    (event) =>
      event.seq === oldest.seq ||
      (event.type === 'membership.run' && event.seq < oldest.seq && oldest.seq <= event.lastSeq),
  );
}
