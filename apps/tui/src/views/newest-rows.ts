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
import type { Theme } from '../themes/theme.ts';
import type { TimelineContext } from './timeline.ts';
import type { WallClock } from './wall-clock.ts';

interface NewestRows {
  /** What the rows are made of, and the event above it, the newest first. */
  readonly events: readonly ShownEvent[];
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly wall: WallClock | undefined;
  /** All that their messages may name. */
  readonly names: ReadonlySet<string>;
  readonly rows: readonly StyledRow[];
}

/** Rooms that are lively at the same time, in some geometries each. */
const MAX_KEPT = 64;

/** By their newest event. */
const kept = new BoundedMap<ShownEvent, NewestRows>(MAX_KEPT);

interface PaneSize {
  readonly width: number;
  readonly height: number;
}

/** The rows of a pane that shows the end of these events; undefined where nobody has made them. */
export function findNewestRows(
  events: readonly ShownEvent[],
  { width, height }: PaneSize,
  { theme, wall, ownName }: TimelineContext,
): readonly StyledRow[] | undefined {
  const last = events.length - 1;
  const newest = events[last];
  const known = newest === undefined ? undefined : kept.get(newest);
  if (known === undefined || known.width !== width || known.height !== height) return undefined;
  if (known.theme !== theme || known.wall !== wall || known.names.has(ownName)) return undefined;
  // An edited message is another object.
  for (let at = 0; at < known.events.length; at++) if (known.events[at] !== events[last - at]) return undefined;
  return known.rows;
}

/** Keeps rows for whoever else shows them: a full pane of rows of the last `count` events, made for somebody. */
export function keepNewestRows(
  events: readonly ShownEvent[],
  count: number,
  { width, height }: PaneSize,
  { theme, wall, ownName }: TimelineContext,
  rows: readonly StyledRow[],
): void {
  // The one above decides on its day and its author.
  const shown = events.slice(-count - 1).toReversed();
  const names = new Set<string>();
  for (const event of shown) if (event.type === 'message') for (const name of namesIn(event.text)) names.add(name);
  const newest = shown[0];
  const above = shown[count];
  if (newest === undefined || above === undefined || names.has(ownName)) return;
  if (dayKey(new Date(above.at), wall) !== dayKey(new Date(newest.at), wall)) return;
  kept.set(newest, { events: shown, width, height, theme, wall, names, rows });
}
