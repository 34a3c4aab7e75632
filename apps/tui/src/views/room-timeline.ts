/** The lines of one open room as rows: what came, what changed, what is on its way. */
import type { Room } from '@parley/protocol';
import { clusterWork, type ListPosition, MessageList, StyledRow } from '@parley/terminal';
import type { ScrollMove } from '../state/effects.ts';
import type { ShownEvent } from '../state/room-log.ts';
import { AT_BOTTOM, atLiveEnd } from '../state/scroll-back.ts';
import type { Note, OpenRoom, Viewport } from '../state/state.ts';
import { beginWords } from './begin-words.ts';
import { findNewestRows, keepNewestRows } from './newest-rows.ts';
import { type TimelineItem, timelineRows } from './timeline.ts';
import type { OwnContext, TimelineContext } from './timeline-context.ts';
import {
  eventItem,
  firstNew,
  hasOwnAmongLast,
  isContinued,
  isCutAnew,
  isLonger,
  messagesAmongLast,
  newerThan,
  newestLines,
  noteItem,
  pendingItem,
  seqOf,
  shownNotes,
  shownPending,
} from './timeline-lines.ts';

const NO_NOTES: readonly Note[] = [];
/**
 * What looking for the clusters of messages may take in one go: more than for most screens. Others of the process wait
 * meanwhile, some ten milliseconds; a large screen full of nothing else takes two hundred.
 */
const PORTION_WORK = 8192;

/**
 * Most look at the newest lines, and all they need is those: a list of all lines is made for who scrolls back.
 *
 *   following ──scrolled back──▶ held (a list stands where it was left) ──at the end again──▶ following
 *
 * The end of a stretch that ends before the newest message is not the end: there the list is held a row above it, and goes
 * on once what follows is there.
 */
export class RoomTimeline {
  readonly #onNeedOlder: () => void;
  readonly #onPortion: () => void;
  #context: TimelineContext;
  #width = 1;
  #height = 1;
  #shown: OpenRoom | undefined;
  #begins = '';
  /** There while held. */
  #list: MessageList<TimelineItem> | undefined;
  /** The first line of the log when what is older was asked for last. */
  #askedAt = -1;
  /** What the portion at hand has taken. */
  #spent = 0;
  /** Some rows wait for the next portion. */
  #waits = false;
  /** To be asked where rows are still to be made: they wait if it is so. */
  readonly #isSpent = (): boolean => {
    const isSpent = this.#spent >= PORTION_WORK;
    this.#waits ||= isSpent;
    return isSpent;
  };
  readonly #rowsBelow = (event: ShownEvent, above: ShownEvent): readonly StyledRow[] | undefined =>
    this.#spent >= PORTION_WORK ? undefined : this.#rowsOf(eventItem(event, undefined), eventItem(above, undefined));

  /** `onPortion`: there is more to show than what `rows` has just answered, and the next call has it. */
  constructor(context: TimelineContext, onNeedOlder: () => void, onPortion: () => void) {
    this.#context = context;
    this.#onNeedOlder = onNeedOlder;
    this.#onPortion = onPortion;
  }

  /** Shows the same lines in another theme, or to who one is now. */
  adapt(change: OwnContext | Pick<TimelineContext, 'theme'>): void {
    this.#context = { ...this.#context, ...change };
    this.invalidate();
  }

  /** Makes all rows anew: it is another day. */
  invalidate(): void {
    this.#list?.invalidate();
  }

  /** There is a connection again: what could not be had, or was lost on its way, is asked for once more. */
  askAgain(): void {
    this.#askedAt = -1;
    if (this.#shown?.log.more === true) this.#list?.setOlder('available');
  }

  resize(width: number, height: number): void {
    this.#width = Math.max(1, width);
    this.#height = height;
    this.#list?.resize(width, height);
  }

  /** Brings the lines up to the room's state. Answers whether anything changed. */
  sync(open: OpenRoom, room: Room | undefined): boolean {
    const before = this.#shown;
    const begins = beginWords(open.room, room, this.#context.ownId);
    if (before === open && begins === this.#begins) return false;
    this.#shown = open;
    this.#begins = begins;
    const list = this.#list;
    if (list === undefined) return true;
    if (before !== undefined && isCutAnew(before, open)) this.#list = this.#listAt(list.position, open);
    else if (before === undefined || !isContinued(before, open)) this.#list = undefined;
    else this.#follow(list, before, open);
    return true;
  }

  /** The rows to show, at most the pane's height. */
  rows(): readonly StyledRow[] {
    this.#spent = 0;
    this.#waits = false;
    const rows = this.#list === undefined ? this.#newest() : this.#held(this.#list);
    if (this.#waits) this.#onPortion();
    return rows;
  }

  #held(list: MessageList<TimelineItem>): readonly StyledRow[] {
    const rows = list.view().map(({ row }) => row);
    this.#letGo(list);
    // They stand at the top.
    const blank = StyledRow.filled(this.#context.theme.background);
    while (this.#waits && rows.length < this.#height) rows.push(blank);
    return rows;
  }

  scroll(move: ScrollMove): void {
    const open = this.#shown;
    if (open === undefined) return;
    this.#spent = 0;
    const list = (this.#list ??= this.#listOf(open));
    // A page that could not be had before is asked for again when someone moves towards it.
    if (open.log.more && !open.paging) {
      list.setOlder('available');
      this.#askedAt = -1;
    }
    if ('lines' in move) list.scroll(move.lines);
    else if ('seq' in move) this.#reveal(list, move.seq);
    else if (move.to === 'pageUp') list.scrollPages(-1);
    else if (move.to === 'pageDown') list.scrollPages(1);
    else if (move.to === 'first') list.toTop();
    else list.toBottom();
    this.#letGo(list);
  }

  /** What the lines show, in the terms of the state. */
  viewport(): Viewport {
    if (this.#list === undefined) return AT_BOTTOM;
    const { newBelow, position } = this.#list;
    const open = this.#shown;
    const anchor = open === undefined || position.at !== 'item' ? undefined : seqOf(position.key, open);
    // Beyond a stretch nobody has counted.
    const below = open === undefined || open.live !== undefined ? 0 : messagesAmongLast(open, newBelow);
    return { atBottom: false, below, anchor };
  }

  /** Whether what it shows ends before the newest message. */
  get isCut(): boolean {
    return this.#list !== undefined && this.#shown?.live !== undefined;
  }

  #letGo(list: MessageList<TimelineItem>): void {
    if (!list.following) return;
    if (this.isCut) list.scroll(-1);
    else this.#list = undefined;
  }

  #rowsOf(item: TimelineItem, previous: TimelineItem | undefined): readonly StyledRow[] {
    const before = clusterWork();
    const rows = timelineRows(item, this.#width, previous, this.#context);
    // Those of events are kept, so that each portion goes on from the last.
    if (item.kind === 'event') this.#spent += clusterWork() - before;
    return rows;
  }

  /** The newest rows, as many as fit, from the last line upwards. */
  #newest(): readonly StyledRow[] {
    if (this.#shown === undefined || this.#height <= 0) return [];
    const open = atLiveEnd(this.#shown);
    const height = this.#height;
    const { events } = open.log;
    const isShared = open.pending.length === 0 && !hasOwnAmongLast(open, height);
    const pane = { width: this.#width, height };
    const shared = isShared ? findNewestRows(events, pane, this.#context, this.#rowsBelow) : undefined;
    if (shared !== undefined) return shared;
    const lines = newestLines(open, this.#begin(open), height + 1);
    const rows: StyledRow[] = [];
    let index = 0;
    for (; index < lines.length && rows.length < height; index++) {
      const line = lines[index];
      if (line === undefined) break;
      const before = this.#spent;
      const its = this.#rowsOf(line, lines[index + 1]);
      for (let at = its.length - 1; at >= 0 && rows.length < height; at--) rows.push(its[at] ?? StyledRow.empty);
      // Those that are there already wait for nothing.
      if (this.#spent > before && rows.length < height && index + 1 < lines.length && this.#isSpent()) break;
    }
    const { firstSeq, more } = open.log;
    // Nothing can be asked for in a room that is seen by a glimpse alone.
    if (rows.length < height && more && !this.#waits && open.load === 'ready' && this.#askedAt !== firstSeq) {
      this.#askedAt = firstSeq;
      this.#onNeedOlder();
    }
    const shown = rows.toReversed();
    if (isShared && shown.length === height) keepNewestRows(events, index, pane, this.#context, shown);
    return shown;
  }

  #listOf(open: OpenRoom): MessageList<TimelineItem> {
    const list = new MessageList<TimelineItem>({
      keyOf: (item) => item.key,
      render: (item, _width, previous) => this.#rowsOf(item, previous),
      isSpent: this.#isSpent,
      onNeedOlder: this.#onNeedOlder,
    });
    list.resize(this.#width, this.#height);
    list.reset(newestLines(open, this.#begin(open)).toReversed(), open.log.more ? 'available' : 'none');
    return list;
  }

  /** A list that stands where another one did, or undefined when that is not among the lines any more. */
  #listAt(position: ListPosition, open: OpenRoom): MessageList<TimelineItem> | undefined {
    if (position.at !== 'item') return undefined;
    const { key } = position;
    // It may have been folded into a line above it.
    const line = typeof key === 'number' ? open.log.events.findLast((event) => event.seq <= key)?.seq : key;
    const list = this.#listOf(open);
    if (line === undefined || !list.restore({ ...position, key: line })) return undefined;
    if (list.following && open.live !== undefined) list.scroll(-1);
    return list.following ? undefined : list;
  }

  /** To the event, or to the line that it is folded into; to the oldest, with what stands above it, where it is older than all. */
  #reveal(list: MessageList<TimelineItem>, seq: number): void {
    const events = this.#shown?.log.events ?? [];
    const key = events.findLast((event) => event.seq <= seq)?.seq;
    if (events.length === 0) list.toBottom();
    else if (key === undefined || key === events[0]?.seq) list.toTop();
    else list.restore({ at: 'item', key, row: 0 });
  }

  #follow(list: MessageList<TimelineItem>, before: OpenRoom, open: OpenRoom): void {
    const was = before.log.events;
    const is = open.log.events;
    const first = firstNew(open);
    const newest = was.at(-1)?.seq ?? 0;
    if (was !== is && !isLonger(was, is)) this.#followChanges(list, before, open, first);
    else if (before.log.more !== open.log.more) {
      this.#prepend(list, this.#begin(open), open.log.more ? 'available' : 'none');
    }
    const wasFirst = firstNew(before);
    if (wasFirst !== first) {
      for (const event of is) if (event.seq === wasFirst || event.seq === first) list.update(eventItem(event, first));
    }
    const appended = was === is ? [] : newerThan(is, newest);
    // Those between a stretch and the newest come into sight with the messages that they stand below.
    const areShown = before.notes === open.notes && open.live === undefined;
    const notes = areShown ? NO_NOTES : shownNotes(open).filter((note) => !list.has(noteItem(note).key));
    const newestNote = open.notes.at(-1);
    // Who is called otherwise now may have been added to it.
    if (newestNote !== undefined && newestNote !== before.notes.at(-1)) list.update(noteItem(newestNote));
    if (appended.length === 0 && notes.length === 0 && before.pending === open.pending) return;
    // What is on its way stays below what has arrived.
    for (const line of before.pending) list.remove(pendingItem(line).key);
    const items: TimelineItem[] = [];
    let note = 0;
    for (const event of appended) {
      for (; (notes[note]?.after ?? Infinity) < event.seq; note++)
        items.push(...notes.slice(note, note + 1).map(noteItem));
      items.push(eventItem(event, first));
    }
    list.append([...items, ...notes.slice(note).map(noteItem), ...shownPending(open).map(pendingItem)]);
  }

  /** Follows what has changed among the events that were there, or came before them. */
  #followChanges(list: MessageList<TimelineItem>, before: OpenRoom, open: OpenRoom, first: number | undefined): void {
    const is = open.log.events;
    const oldest = before.log.events[0]?.seq ?? Infinity;
    const older = is.filter((event) => event.seq < oldest);
    if (older.length > 0 || before.log.more !== open.log.more) {
      const items = older.map((event) => eventItem(event, first));
      this.#prepend(list, [...this.#begin(open), ...items], open.log.more ? 'available' : 'none');
    }
    const known = new Set(before.log.events);
    for (const event of is) if (event.seq >= oldest && !known.has(event)) list.update(eventItem(event, first));
    // Folded into a line that came above it.
    if (oldest !== Infinity && is.find(({ seq }) => seq >= oldest)?.seq !== oldest) list.remove(oldest);
  }

  /** Adds what is older. The line that was the oldest may lose its day and its nick to it: the view must not move. */
  #prepend(list: MessageList<TimelineItem>, items: readonly TimelineItem[], older: 'available' | 'none'): void {
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
