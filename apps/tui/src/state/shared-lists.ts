/**
 * Lists of a room's events that the clients of one process hold alike, kept once: in a lively room each of them would make one
 * of its own with every frame. Pure for whoever asks: what comes back is equal to what was asked for.
 *
 * Only the newest few lists are looked for; what somebody holds lives on with them.
 */
import type { ShownEvent } from './room-log.ts';

type List = readonly ShownEvent[];

/** Rooms that are lively at the same time, each seen from where some joined earlier than others. */
const MAX_KEPT = 32;

/** Longer ones are of people who have scrolled back: nobody else has them, and they would be kept here. */
const LONGEST = 400;

interface Kept {
  readonly list: List;
  /** What it was made of: mostly it is asked for with the same list again, which then need not be looked through. */
  readonly older: List;
}

/** The newest last. */
const kept: Kept[] = [];

/** `older` and `newer` as one list. */
export function joinedList(older: List, newer: List): List {
  return find(older, newer) ?? keep(older.concat(newer), older);
}

/** The list that others hold, where they hold an equal one. */
export function sharedList(list: List): List {
  return find(list, NONE) ?? keep(list, list);
}

const NONE: List = [];

function find(older: List, newer: List): List | undefined {
  const length = older.length + newer.length;
  // From the end: what was asked for last is asked for by the others, too.
  for (let at = kept.length - 1; at >= 0; at--) {
    const known = kept[at];
    if (known?.list.length === length && isJoined(known, older, newer)) return known.list;
  }
  return undefined;
}

function isJoined({ list, older: known }: Kept, older: List, newer: List): boolean {
  // The newest first: they tell most lists apart.
  for (let at = newer.length - 1; at >= 0; at--) if (list[older.length + at] !== newer[at]) return false;
  if (known === older && list.length > older.length) return true;
  for (let at = older.length - 1; at >= 0; at--) if (list[at] !== older[at]) return false;
  return true;
}

function keep(list: List, older: List): List {
  if (list.length === 0 || list.length > LONGEST) return list;
  if (kept.length >= MAX_KEPT) kept.shift();
  kept.push({ list, older });
  return list;
}
