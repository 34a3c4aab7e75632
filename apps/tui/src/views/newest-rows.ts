/**
 * The newest rows of rooms, as many as a pane has, made once for all clients of the process that show the same: in a lively
 * room each of them would put them together anew with every frame. Only for those who find nothing of their own in them: no
 * message that names them, none on its way, no note, no "new" line. Nor does a day begin in them, which has another name
 * tomorrow.
 */
import { BoundedMap, namesIn } from '@parley/protocol';
import type { StyledRow } from '@parley/terminal';
import type { ShownEvent } from '../state/room-log.ts';
import { dayKey } from './clock-words.ts';
import { sameLook, type SharedLook } from './shared-look.ts';
import type { TimelineContext } from './timeline-context.ts';

interface NewestRows extends SharedLook {
  /** What the rows are made of, and the event above it, the newest first. */
  readonly events: readonly ShownEvent[];
  readonly height: number;
  /** All that their messages may name. */
  readonly names: ReadonlySet<string>;
  readonly rows: readonly StyledRow[];
}

/** Rooms that are lively at the same time, at some of their last messages. */
const MAX_KEPT = 64;
/** Sizes, themes and time zones that the same is looked at in. */
const MAX_VIEWS = 8;
/** In a frame's time no more is said in a room. */
const MAX_SINCE = 20;

/** By their newest event. */
const kept = new BoundedMap<ShownEvent, NewestRows[]>(MAX_KEPT);

interface PaneSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The rows of a pane that shows the end of these events; undefined where nobody has made them. Mostly somebody has those of a
 * moment ago: then `rowsOf` makes those of what came since, below the event above it. Undefined, too, when it does not.
 */
export function findNewestRows(
  events: readonly ShownEvent[],
  size: PaneSize,
  context: TimelineContext,
  rowsOf: (event: ShownEvent, above: ShownEvent) => readonly StyledRow[] | undefined,
): readonly StyledRow[] | undefined {
  const last = events.length - 1;
  for (let since = 0; since <= Math.min(MAX_SINCE, last); since++) {
    const known = findKept(events, last - since, size, context);
    if (known === undefined) continue;
    if (since === 0) return known.rows;
    // From the newest upwards: a message may have thousands of rows, and of those above a full pane none are seen.
    const parts: (readonly StyledRow[])[] = [];
    let count = 0;
    for (let at = last; at > last - since && count < size.height; at--) {
      const [event, above] = [events[at], events[at - 1]];
      if (event === undefined || above === undefined) continue;
      const rows = rowsOf(event, above);
      if (rows === undefined) return undefined;
      parts.push(rows);
      count += rows.length;
    }
    const rows = [known.rows, ...parts.toReversed()].flat();
    const shown = rows.slice(-size.height);
    // An event has a row at least.
    keepNewestRows(events, Math.min(size.height, known.events.length - 1 + since), size, context, shown);
    return shown;
  }
  return undefined;
}

/** What was kept of the events up to one of them. */
function findKept(
  events: readonly ShownEvent[],
  last: number,
  size: PaneSize,
  context: TimelineContext,
): NewestRows | undefined {
  const newest = events[last];
  const views = newest === undefined ? undefined : kept.get(newest);
  const known = views?.find((view) => isSeenSo(view, size, context));
  if (known === undefined || known.names.has(context.ownName)) return undefined;
  // An edited message is another object.
  for (let at = 0; at < known.events.length; at++) if (known.events[at] !== events[last - at]) return undefined;
  return known;
}

const isSeenSo = (view: NewestRows, { width, height }: PaneSize, context: TimelineContext): boolean =>
  view.height === height && sameLook(view, width, context);

/** Keeps rows for whoever else shows them: a full pane of rows of the last `count` events, made for somebody. */
export function keepNewestRows(
  events: readonly ShownEvent[],
  count: number,
  size: PaneSize,
  context: TimelineContext,
  rows: readonly StyledRow[],
): void {
  const { theme, wall, ownName } = context;
  // The one above decides on its day and its author.
  const shown = events.slice(-count - 1).toReversed();
  const names = new Set<string>();
  for (const event of shown) if (event.type === 'message') for (const name of namesIn(event.text)) names.add(name);
  const newest = shown[0];
  const above = shown[count];
  if (newest === undefined || above === undefined || names.has(ownName)) return;
  if (dayKey(new Date(above.at), wall) !== dayKey(new Date(newest.at), wall)) return;
  const others = (kept.get(newest) ?? []).filter((view) => !isSeenSo(view, size, context));
  const { width, height } = size;
  kept.set(newest, [...others.slice(1 - MAX_VIEWS), { events: shown, width, height, theme, wall, names, rows }]);
}
