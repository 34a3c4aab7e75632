/**
 * Where text breaks into rows: after spaces, around wide characters but those of Korean, which has spaces between its words,
 * and inside a word only when it is wider than a row.
 */
import { forEachCluster } from './width.ts';

/** One row of a wrapped line: offsets into the text (UTF-16). Spaces that hang over the end belong to it, unseen. */
export interface WrappedRange {
  readonly start: number;
  readonly end: number;
  /** Columns that are seen. */
  readonly width: number;
}

/** Calls `visit` for each cluster of a line: where it begins and ends, and its columns. */
type ClusterWalk = (line: string, visit: (start: number, end: number, width: number) => void) => void;

/**
 * Wraps one line (no `\n` in it) into rows of at most `width` columns; an empty line is one empty row. `walk`: for whoever
 * knows the line's clusters.
 */
export function wrapLine(line: string, width: number, walk: ClusterWalk = forEachCluster): WrappedRange[] {
  const limit = Math.max(1, width);
  const rows: WrappedRange[] = [];
  let start = 0;
  let columns = 0;
  /** The last place to break, and the columns before it. */
  let breakAt = 0;
  let columnsAtBreak = 0;
  const close = (at: number, seen: number): void => {
    rows.push({ start, end: at, width: seen });
    start = at;
    columns -= seen;
  };
  walk(line, (from, to, clusterColumns) => {
    const space = to - from === 1 && line.charCodeAt(from) === 0x20;
    const breaksAround = clusterColumns === 2 && !isHangul(line.charCodeAt(from));
    if (breaksAround && from > start) {
      breakAt = from;
      columnsAtBreak = columns;
    }
    if (columns + clusterColumns > limit && !space && from > start) {
      if (breakAt > start) close(breakAt, columnsAtBreak);
      else close(from, columns);
      // What moved down may, with this cluster, be too wide again.
      if (columns + clusterColumns > limit && from > start) close(from, columns);
    }
    if (!space || columns < limit) columns += clusterColumns;
    if (space || breaksAround || (line.charCodeAt(from) === 0x2d && to - from === 1)) {
      breakAt = to;
      columnsAtBreak = columns;
    }
  });
  rows.push({ start, end: line.length, width: Math.max(0, columns) });
  return rows;
}

/** Syllables and the letters that they are made of. */
const isHangul = (code: number): boolean =>
  (code >= 0xac00 && code <= 0xd7fb) ||
  (code >= 0x1100 && code <= 0x11ff) ||
  (code >= 0x3131 && code <= 0x318e) ||
  (code >= 0xa960 && code <= 0xa97c);
