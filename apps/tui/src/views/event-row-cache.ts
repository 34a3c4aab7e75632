/**
 * Where the rows of an event were found, for clients of the process that look at it from the same place: below the same
 * event, at the same width, in the same theme and time zone. Only rows that say the same to all of them and on any day: they
 * begin no day, no "new" line stands above them, and nobody who finds them is named in them. An event that changes is another
 * object, and its rows go with it.
 */
import { namesIn } from '@parley/protocol';
import type { StyledRow } from '@parley/terminal';
import type { ShownEvent } from '../state/room-log.ts';
import { sameLook, type SharedLook } from './shared-look.ts';
import type { TimelineContext } from './timeline-context.ts';

interface CachedRows extends SharedLook {
  readonly previous: ShownEvent;
  /** Those that the event's text may mean. */
  readonly names: ReadonlySet<string>;
  readonly rows: readonly StyledRow[];
}

/** Cached pairs of neighbour above and look per event; beyond that the lookup by content is used. */
const MAX_CACHED = 4;
const cache = new WeakMap<ShownEvent, CachedRows[]>();
const NOTHING: readonly CachedRows[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();

/** The rows of an event below another one, as far as they are known and do not name whoever looks. */
export function findEventRows(
  event: ShownEvent,
  previous: ShownEvent,
  width: number,
  context: TimelineContext,
): readonly StyledRow[] | undefined {
  // A loop and no callback: this runs for every line of every frame.
  for (const cached of cache.get(event) ?? NOTHING) {
    if (cached.previous !== previous || !sameLook(cached, width, context)) continue;
    const isNamed = event.type === 'message' && event.from.id !== context.ownId && cached.names.has(context.ownName);
    return isNamed ? undefined : cached.rows;
  }
  return undefined;
}

/** Keeps the rows of an event below another one, which begin no day and do not name whoever looks. */
export function keepEventRows(
  event: ShownEvent,
  previous: ShownEvent,
  width: number,
  { theme, wall }: TimelineContext,
  rows: readonly StyledRow[],
): void {
  const all = cache.get(event) ?? [];
  if (all.length >= MAX_CACHED) all.shift();
  const names = event.type === 'message' && event.deleted !== true ? namesIn(event.text) : NO_NAMES;
  all.push({ previous, width, theme, wall, names, rows });
  cache.set(event, all);
}
