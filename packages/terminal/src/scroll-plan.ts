/**
 * Whether a pane's new rows are its old ones moved, and which of them are worth moving on the terminal rather than
 * written anew. Pure: it reads what the terminal shows and estimates bytes; what it proposes is only ever a matter of
 * cost, because the painter compares cells after any move.
 */
import type { Region } from './canvas.ts';
import { codeOf, RIGHT_HALF, styleIdOf } from './cell-tables.ts';

/** Rows `top` up to `bottom` of the screen move by `shift`: up when positive. */
export interface ScrollPlan {
  readonly top: number;
  readonly bottom: number;
  readonly shift: number;
}

/** Bytes of a run of changed cells besides its characters, and of a change of style. */
interface Costs {
  readonly run: number;
  readonly style: number;
}

const PANE_COSTS: Costs = { run: 7, style: 10 };
/** What is beside the pane is repaired column by column: from one row to the next it takes few bytes and mostly no style. */
const SIDE_COSTS: Costs = { run: 4, style: 2 };
/** More equal blanks are erased, which takes that many bytes. */
const ERASE_BYTES = 8;
const SCROLL_BYTES = 24;
/** Of so many rows of the pane one is measured: they are alike. What is beside it is not. */
const SAMPLE = 3;
/** Unchanged cells that end a run. */
const GAP = 4;
/** Different moves that are looked at: more than one is rare, and noise beyond a few. */
const MAX_CANDIDATES = 4;

/**
 * By how many rows most of the rows have moved; 0 when they have not. Rows are told apart by number; 0 is any row.
 * `was[y + shift]` is `is[y]` then.
 */
export function findShift(is: Float64Array, was: Float64Array, height: number): number {
  let best = 0;
  let bestCount = countMatches(is, was, height, 0);
  let candidates = 0;
  for (let y = height - 1; y >= 0 && candidates < MAX_CANDIDATES; y--) {
    const row = is[y] ?? 0;
    // Equal neighbours are empty rows: they match anything.
    if (row === 0 || row === was[y] || row === is[y - 1]) continue;
    const at = was.indexOf(row);
    if (at < 0 || at - y === best) continue;
    candidates++;
    const count = countMatches(is, was, height, at - y);
    if (count > bestCount) {
      best = at - y;
      bestCount = count;
    }
  }
  return best;
}

function countMatches(is: Float64Array, was: Float64Array, height: number, shift: number): number {
  let count = 0;
  for (let y = Math.max(0, -shift); y < height && y + shift < height; y++) {
    if (is[y] !== 0 && is[y] === was[y + shift]) count++;
  }
  return count;
}

export interface ScrollCosts {
  /** What the terminal shows. */
  readonly front: Uint32Array;
  readonly cols: number;
  readonly region: Region;
  /** A row in the background that rows come free in. */
  readonly blank: Uint32Array;
  /** The terminal can move the columns of the region alone. */
  readonly margins: boolean;
}

/** The rows to move when the pane's rows have moved by `shift`; undefined when writing them anew takes fewer bytes. */
export function planScroll(
  is: Float64Array,
  was: Float64Array,
  shift: number,
  { front, cols, region, blank, margins }: ScrollCosts,
): ScrollPlan | undefined {
  const { x0, x1, y0 } = region;
  const height = region.y1 - y0;
  const sides = (a: Uint32Array, from: number, b: Uint32Array, to: number): number =>
    margins ? 0 : changeBytes(a, from, b, to, 0, x0, SIDE_COSTS) + changeBytes(a, from, b, to, x1, cols, SIDE_COSTS);
  let first = 0;
  let last = height - 1;
  while (first <= last && is[first] !== 0 && is[first] === was[first]) first++;
  while (last >= first && is[last] !== 0 && is[last] === was[last]) last--;
  const distance = Math.abs(shift);
  let paneBytes = 0;
  // From the end where rows come free towards the other: each row either gains bytes or costs some.
  const step = shift > 0 ? -1 : 1;
  const start = shift > 0 ? last : first;
  let gain = -SCROLL_BYTES;
  let best = 0;
  let end = -1;
  for (let count = 0, y = start; y >= first && y <= last; y += step, count++) {
    const at = (y0 + y) * cols;
    const row = is[y] ?? 0;
    const stayed = row !== 0 && row === was[y];
    if (count < distance) {
      gain -= sides(blank, 0, front, at) + (stayed ? x1 - x0 : 0);
      continue;
    }
    const from = (y0 + y + shift) * cols;
    const moved = row !== 0 && row === was[y + shift];
    if (moved !== stayed && count % SAMPLE === distance % SAMPLE) {
      paneBytes = changeBytes(front, at, front, from, x0, x1, PANE_COSTS);
    }
    if (moved !== stayed) gain += moved ? paneBytes : -paneBytes;
    gain -= sides(front, from, front, at);
    if (gain <= best) continue;
    best = gain;
    end = y;
  }
  if (end < 0) return undefined;
  return { top: y0 + Math.min(start, end), bottom: y0 + Math.max(start, end) + 1, shift };
}

/** About how many bytes bring columns of the row at `from` to those of the row at `to`. */
function changeBytes(
  a: Uint32Array,
  from: number,
  b: Uint32Array,
  to: number,
  x0: number,
  x1: number,
  costs: Costs,
): number {
  let bytes = 0;
  let last = -GAP;
  let style = -1;
  let blank = -1;
  let blanks = 0;
  for (let x = x0; x < x1; x++) {
    while (x < x1 && a[from + x] === b[to + x]) x++;
    if (x >= x1) break;
    const cell = b[to + x] ?? RIGHT_HALF;
    blanks = cell === blank && x === last + 1 ? blanks + 1 : 0;
    blank = codeOf(cell) === 0x20 ? cell : -1;
    bytes += x - last > GAP ? costs.run + 1 : blanks >= ERASE_BYTES ? 0 : x - last;
    last = x;
    if (cell === RIGHT_HALF || styleIdOf(cell) === style) continue;
    style = styleIdOf(cell);
    bytes += costs.style;
  }
  return bytes;
}
