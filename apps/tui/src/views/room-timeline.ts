/** Keeps a MessageList in step with one open room: what came, what changed, what is on its way. */
import type { Room } from '@parley/protocol';
import { MessageList } from '@parley/terminal';
import type { ScrollMove } from '../state/effects.ts';
import type { ShownEvent } from '../state/room-log.ts';
import type { Note, OpenRoom, Viewport } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import { beginWords } from './begin-words.ts';
import { firstNew, noteItem, pendingItem, type TimelineContext, type TimelineItem, timelineRows } from './timeline.ts';

const NO_NOTES: readonly Note[] = [];

/** Items of events that no "new" line stands above: the same for all clients that show the event. */
const plainItems = new WeakMap<ShownEvent, TimelineItem>();

function eventItem(event: ShownEvent, first: number | undefined): TimelineItem {
  if (event.seq === first) return { kind: 'event', key: event.seq, event, first: true };
  let item = plainItems.get(event);
  if (item === undefined) {
    item = { kind: 'event', key: event.seq, event, first: false };
    plainItems.set(event, item);
  }
  return item;
}

export class RoomTimeline {
  readonly list: MessageList<TimelineItem>;
  #context: TimelineContext;
  #width = 1;
  #shown: OpenRoom | undefined;
  #begins = '';

  constructor(context: TimelineContext, onNeedOlder: () => void) {
    this.#context = context;
    this.list = new MessageList<TimelineItem>({
      keyOf: (item) => item.key,
      render: (item, width, previous) => timelineRows(item, width, previous, this.#context),
      onNeedOlder,
      // The state bounds what it keeps; the list follows it.
      maxItems: 1_000_000,
    });
  }

  /** Shows the same lines in another theme. */
  wear(theme: Theme): void {
    this.#context = { ...this.#context, theme };
    this.list.invalidate();
  }

  resize(width: number, height: number): void {
    this.#width = Math.max(1, width);
    this.list.resize(width, height);
  }

  /** Brings the list up to the room's state. Answers whether anything changed. */
  sync(open: OpenRoom, room: Room | undefined): boolean {
    const before = this.#shown;
    const begins = beginWords(open.room, room);
    if (before === open && begins === this.#begins) return false;
    this.#shown = open;
    this.#begins = begins;
    if (before === undefined || !isContinued(before, open)) this.#rebuild(open);
    else this.#follow(before, open);
    return true;
  }

  scroll(move: ScrollMove): void {
    const { list } = this;
    // A page that could not be had before is asked for again when someone moves towards it.
    if (this.#shown?.log.more === true && !this.#shown.paging) list.setOlder('available');
    if ('lines' in move) list.scroll(move.lines);
    else if ('seq' in move) this.#reveal(move.seq);
    else if (move.to === 'pageUp') list.scrollPages(-1);
    else if (move.to === 'pageDown') list.scrollPages(1);
    else if (move.to === 'first') list.toTop();
    else list.toBottom();
  }

  /** What the list shows, in the terms of the state. */
  viewport(): Viewport {
    const { following, newBelow, position } = this.list;
    const anchor = position.at === 'item' && typeof position.key === 'number' ? position.key : undefined;
    const below = this.#shown === undefined ? 0 : messagesAmongLast(this.#shown, newBelow);
    return { atBottom: following, below, anchor };
  }

  /** To the event, or to the line that it is folded into. */
  #reveal(seq: number): void {
    const key = this.#shown?.log.events.findLast((event) => event.seq <= seq)?.seq;
    if (key === undefined) this.list.toBottom();
    else this.list.restore({ at: 'item', key, row: 0 });
  }

  #rebuild(open: OpenRoom): void {
    const first = firstNew(open);
    const older = open.log.more ? 'available' : 'none';
    const lines: TimelineItem[] = [];
    let notes: readonly Note[] = open.notes;
    for (const event of open.log.events) {
      // A note stays below what it was written under.
      const above = notes.filter(({ after }) => after < event.seq);
      lines.push(...above.map(noteItem), eventItem(event, first));
      notes = notes.slice(above.length);
    }
    this.list.reset([...this.#begin(open), ...lines, ...notes.map(noteItem), ...open.pending.map(pendingItem)], older);
  }

  #follow(before: OpenRoom, open: OpenRoom): void {
    const { list } = this;
    const was = before.log.events;
    const is = open.log.events;
    const first = firstNew(open);
    const newest = was.at(-1)?.seq ?? 0;
    if (was !== is && !isLonger(was, is)) this.#followChanges(before, open, first);
    else if (before.log.more !== open.log.more) {
      this.#prepend(this.#begin(open), open.log.more ? 'available' : 'none');
    }
    const wasFirst = firstNew(before);
    if (wasFirst !== first) {
      for (const event of is) if (event.seq === wasFirst || event.seq === first) list.update(eventItem(event, first));
    }
    const appended = was === is ? [] : newerThan(is, newest);
    const notes = before.notes === open.notes ? NO_NOTES : open.notes.filter((note) => !list.has(noteItem(note).key));
    if (appended.length === 0 && notes.length === 0 && before.pending === open.pending) return;
    // What is on its way stays below what has arrived.
    for (const line of before.pending) list.remove(pendingItem(line).key);
    list.append([
      ...appended.map((event) => eventItem(event, first)),
      ...notes.map(noteItem),
      ...open.pending.map(pendingItem),
    ]);
  }

  /** Follows what has changed among the events that were there, or came before them. */
  #followChanges(before: OpenRoom, open: OpenRoom, first: number | undefined): void {
    const { list } = this;
    const is = open.log.events;
    const oldest = before.log.events[0]?.seq ?? Infinity;
    const older = is.filter((event) => event.seq < oldest);
    if (older.length > 0 || before.log.more !== open.log.more) {
      const items = older.map((event) => eventItem(event, first));
      this.#prepend([...this.#begin(open), ...items], open.log.more ? 'available' : 'none');
    }
    const known = new Set(before.log.events);
    for (const event of is) if (event.seq >= oldest && !known.has(event)) list.update(eventItem(event, first));
    // Folded into a line that came above it.
    if (oldest !== Infinity && is.find(({ seq }) => seq >= oldest)?.seq !== oldest) list.remove(oldest);
  }

  /** Adds what is older. The line that was the oldest may lose its day and its nick to it: the view must not move. */
  #prepend(items: readonly TimelineItem[], older: 'available' | 'none'): void {
    const { list } = this;
    const { first, position } = list;
    list.prepend(items, older);
    const last = items.at(-1);
    if (first === undefined || last === undefined || position.at !== 'item' || position.key !== first.key) return;
    const rows = (previous: TimelineItem | undefined): number =>
      timelineRows(first, this.#width, previous, this.#context).length;
    const lost = rows(undefined) - rows(last);
    list.restore({ ...position, row: Math.max(0, position.row - lost) });
    if (lost > position.row) list.scroll(position.row - lost);
  }

  #begin(open: OpenRoom): readonly TimelineItem[] {
    return open.log.more || open.load !== 'ready' ? [] : [{ kind: 'begin', key: 'begin', words: this.#begins }];
  }
}

/** Whether events were added at the end and nothing else happened. Changes are near the end: that is looked at first. */
function isLonger(was: readonly ShownEvent[], is: readonly ShownEvent[]): boolean {
  if (is.length < was.length || was[0] !== is[0]) return false;
  for (let index = was.length - 1; index >= 0; index--) if (was[index] !== is[index]) return false;
  return true;
}

function newerThan(events: readonly ShownEvent[], seq: number): readonly ShownEvent[] {
  let from = events.length;
  while (from > 0 && (events[from - 1]?.seq ?? 0) > seq) from--;
  return events.slice(from);
}

/** How many of the last lines are messages of others: what is worth saying when it is below. */
function messagesAmongLast(open: OpenRoom, lines: number): number {
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

/** Whether the list can go from one state to the other by adding and changing, without starting anew. */
function isContinued(before: OpenRoom, open: OpenRoom): boolean {
  if (before.room !== open.room || before.load !== open.load) return false;
  const was = before.log;
  const is = open.log;
  if (is === was) return true;
  if (is.lastSeq < was.lastSeq || is.firstSeq > was.firstSeq) return false;
  const oldest = was.events[0];
  if (oldest === undefined || oldest === is.events[0]) return true;
  // The log was opened anew, with a hole between what was shown and what is there now.
  return is.events.some(
    (event) =>
      event.seq === oldest.seq || (event.type === 'comings' && event.seq < oldest.seq && oldest.seq <= event.lastSeq),
  );
}
