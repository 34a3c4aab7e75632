/**
 * How many columns text takes: string-width over grapheme clusters, with fast paths and a bounded cache. Expects sanitised
 * text; a control character has no width.
 *
 * A cluster here is what terminals draw in one place. It is Unicode's, but for the conjuncts of Indic scripts: those are one
 * to readers since Unicode 15.1, and to no terminal.
 */
import stringWidth from 'string-width';

export interface Cluster {
  /** What goes into one cell (and, when wide, the next one's place). */
  readonly text: string;
  /** 0, 1 or 2 columns. */
  readonly width: number;
}

/** Longer clusters are cut: the longest emoji in Unicode has 15 units, and a user may chain joiners without end. */
const MAX_CLUSTER_UNITS = 32;
/** Widths remembered, by cluster. Text comes from users: past this the cache starts anew. */
const CACHE_SIZE = 4096;

/** What the segmenter walks through at a time: it copies the whole of its string for each cluster. */
const WINDOW_UNITS = 512;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const PLAIN = /^[\x20-\x7e]*$/;

/** A letter with marks that take no column. */
const MARKED = /^(\p{L})\p{Mn}+$/u;
/** The vowels of Thai and Lao that stand beside their letter: all terminals that know no clusters give them a column. */
const AM = /.[\u0e33\u0eb3]/u;
/** A letter that follows a sign that joins it to the one before. */
const JOINED_LETTER = /(?<=[\p{M}\u200c\u200d])(?![\u0e33\u0eb3\uff9e\uff9f])\p{Lo}/gu;

let cache = new Map<string, number>();

let progressed = (): void => {};

/**
 * Has it called again and again while clusters are looked for, after a millisecond of that at most: what a frame shows may
 * take hundreds, and whoever watches over this process should see that it goes on.
 */
export function onProgress(listener: () => void): void {
  progressed = listener;
}

let work = 0;

/**
 * What looking for clusters has taken so far, in pieces of some microsecond: units of text that the segmenter walked through,
 * and characters with their marks.
 */
export const clusterWork = (): number => work;

/** Columns of one cluster, never more than 2: a cell has one neighbour at most. */
export function clusterWidth(cluster: string): number {
  if (cluster.length === 1) {
    const code = cluster.charCodeAt(0);
    if (code < 0x7f) return code < 0x20 ? 0 : 1;
  }
  const known = cache.get(cluster);
  if (known !== undefined) return known;
  // Of these a writer may make any number; there are far fewer letters.
  const letter = MARKED.exec(cluster)?.[1];
  if (letter !== undefined) return clusterWidth(letter);
  const vowel = AM.test(cluster) ? 1 : 0;
  const width = Math.min(2, stringWidth(cluster, { countAnsiEscapeCodes: true }) + vowel);
  if (cache.size >= CACHE_SIZE) cache = new Map();
  cache.set(cluster, width);
  return width;
}

/**
 * Calls `visit` for each cluster of `text`: where it begins and ends (UTF-16), its columns, and the text to paint, which
 * is the cluster itself unless it was cut. Stops when `visit` returns false.
 */
export function forEachCluster(text: string, visit: Visit): void {
  const length = text.length;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (standsAlone(code)) {
      const end = endOfMarks(text, at + 1);
      // Followed by another one (or the end): always a cluster of its own, with its marks.
      if (end >= length || standsAlone(text.charCodeAt(end))) {
        const painted = end > at + 1 ? partOf(text, at, end) : (ASCII[code] ?? String.fromCharCode(code));
        const width = end > at + 1 || code >= 0x80 ? clusterWidth(painted) : code < 0x20 || code === 0x7f ? 0 : 1;
        if (end > at + 1) work++;
        if (visit(at, end, width, painted) === false) return;
        at = end;
        continue;
      }
    }
    const end = endOfStretch(text, at);
    at = visitStretch(text, at, end, visit);
    if (at < 0) return;
  }
}

type Visit = (start: number, end: number, width: number, painted: string) => boolean | void;

/**
 * The clusters from `at` up to `stretchEnd`, window by window. Where one ends is told by what is before it in its cluster
 * and by one character after it, so that a window may begin with any cluster; its last one may go on in the next.
 * Returns where it ends, or -1 when `visit` has returned false.
 */
function visitStretch(text: string, at: number, stretchEnd: number, visit: Visit): number {
  let from = at;
  while (from < stretchEnd) {
    const end = windowEnd(text, from, WINDOW_UNITS, stretchEnd);
    progressed();
    work += end - from;
    let next = from;
    for (const { segment, index } of segmenter.segment(text.slice(from, end))) {
      const start = from + index;
      let clusterEnd = start + segment.length;
      if (clusterEnd === end && end < stretchEnd) {
        if (start > from) break;
        clusterEnd = longClusterEnd(text, from, stretchEnd);
      }
      if (segment.length < 3) {
        if (visit(start, clusterEnd, clusterWidth(segment), segment) === false) return -1;
      } else if (!visitParts(text, start, clusterEnd, visit)) return -1;
      next = clusterEnd;
    }
    from = next;
  }
  return from;
}

/** A cluster of Unicode's as terminals draw it: a conjunct is one for each of its letters. False when `visit` has said so. */
function visitParts(text: string, start: number, end: number, visit: Visit): boolean {
  let from = 0;
  for (const { index } of text.slice(start, end).matchAll(JOINED_LETTER)) {
    if (!visitPart(text, start + from, start + index, visit)) return false;
    from = index;
  }
  return visitPart(text, start + from, end, visit);
}

function visitPart(text: string, start: number, end: number, visit: Visit): boolean {
  const painted = partOf(text, start, end);
  return visit(start, end, clusterWidth(painted), painted) !== false;
}

/** The end of `units` from an offset on, without half a surrogate pair: it would pass for a cluster of its own. */
function windowEnd(text: string, from: number, units: number, most: number): number {
  const end = from + units;
  if (end >= most) return most;
  return isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
}

/** Where a cluster ends that is longer than a window. */
function longClusterEnd(text: string, from: number, stretchEnd: number): number {
  for (let units = WINDOW_UNITS * 2; ; units *= 2) {
    const end = windowEnd(text, from, units, stretchEnd);
    const length = segmenter.segment(text.slice(from, end)).containing(0)?.segment.length ?? end - from;
    if (from + length < end || end === stretchEnd) return from + length;
  }
}

/** The clusters of `text`, in order. */
export function clustersOf(text: string): Cluster[] {
  const clusters: Cluster[] = [];
  forEachCluster(text, (_start, _end, width, painted) => {
    clusters.push({ text: painted, width });
  });
  return clusters;
}

/** Columns that `text` takes on one row. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let total = 0;
  forEachCluster(text, (_start, _end, width) => {
    total += width;
  });
  return total;
}

/** `text` when it fits into `width` columns, else as much of it as fits with `ellipsis` after it. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (text.length <= width && PLAIN.test(text)) return text;
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room < 0) return '';
  let kept = 0;
  let columns = 0;
  forEachCluster(text, (_start, end, clusterColumns) => {
    if (columns + clusterColumns > room) return false;
    columns += clusterColumns;
    kept = end;
    return true;
  });
  return text.slice(0, kept) + ellipsis;
}

/** The cluster boundary before offset `at`; 0 at the start. */
export function previousBoundary(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at === 1 || (text.charCodeAt(at - 1) < 0x80 && text.charCodeAt(at - 2) < 0x80)) return at - 1;
  return segmenter.segment(text).containing(at - 1)?.index ?? at - 1;
}

/** The cluster boundary after offset `at`; the length at the end. */
export function nextBoundary(text: string, at: number): number {
  if (at >= text.length) return text.length;
  if (text.charCodeAt(at) < 0x80 && (at + 1 >= text.length || text.charCodeAt(at + 1) < 0x80)) return at + 1;
  const cluster = segmenter.segment(text).containing(at);
  return cluster === undefined ? at + 1 : cluster.index + cluster.segment.length;
}

/** `at` when it is a cluster boundary, else the end of the cluster that it is inside of. */
export function snapToBoundary(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length));
  if (text.charCodeAt(at) < 0x80 && text.charCodeAt(at - 1) < 0x80) return at;
  const cluster = segmenter.segment(text).containing(at);
  return cluster === undefined || cluster.index === at ? at : cluster.index + cluster.segment.length;
}

/** One-character strings, so that the ASCII path makes none. */
const ASCII: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/**
 * Characters that join no other unless a mark or the like follows: ASCII, and what screens and texts are full of. Latin-1
 * (but for its soft hyphen) and Latin Extended-A, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, dashes, dots and
 * quotation marks, arrows, box drawing and shapes, kana, Han, syllables of Hangul. (Text is a stretch for the segmenter only
 * beside others; it costs fifty times as much.)
 */
function standsAlone(code: number): boolean {
  return (
    code < 0x80 ||
    (code >= 0xa0 && code < 0x180 && code !== 0xad) ||
    (code >= 0x370 && code < 0x483) ||
    (code >= 0x48a && code < 0x530) ||
    (code >= 0x5d0 && code < 0x5eb) ||
    (code >= 0x620 && code < 0x64b) ||
    (code >= 0x671 && code < 0x6d4) ||
    (code >= 0x904 && code < 0x93a) ||
    (code >= 0xe01 && code < 0xe31) ||
    (code >= 0x2010 && code < 0x2028) ||
    (code >= 0x2030 && code < 0x2060) ||
    (code >= 0x2190 && code < 0x2600) ||
    (code >= 0x3041 && code < 0x3097) ||
    (code >= 0x30a1 && code < 0x30fb) ||
    (code >= 0x4e00 && code < 0xa000) ||
    (code >= 0xac00 && code < 0xd7a4)
  );
}

/**
 * Marks of the scripts of those: with the character before them they are one cluster, and what stands alone after them begins
 * another.
 */
function isMark(code: number): boolean {
  return (
    code >= 0x300 &&
    (code < 0x370 ||
      (code >= 0x483 && code < 0x48a) ||
      (code >= 0x591 && code < 0x5be) ||
      (code >= 0x64b && code < 0x660) ||
      (code >= 0x900 && code < 0x904) ||
      (code >= 0x93a && code < 0x950 && code !== 0x93d) ||
      (code >= 0xe34 && code < 0xe3b) ||
      (code >= 0xe47 && code < 0xe4f) ||
      code === 0xe31 ||
      (code >= 0x1dc0 && code < 0x1e00) ||
      (code >= 0x20d0 && code < 0x20f1))
  );
}

/** Where the marks end that a character at `from - 1` carries. Control characters carry none. */
function endOfMarks(text: string, from: number): number {
  const code = text.charCodeAt(from - 1);
  let end = from;
  if (code >= 0x20 && code !== 0x7f) while (isMark(text.charCodeAt(end))) end++;
  return end;
}

/**
 * Where the stretch that needs segmenting ends. It has one character that stands alone on either side of the others: it may
 * carry their marks, or be what they are prepended to.
 */
function endOfStretch(text: string, at: number): number {
  const length = text.length;
  let end = at + 1;
  while (end < length && !(standsAlone(text.charCodeAt(end)) && endsBefore(text.charCodeAt(end - 1)))) end++;
  return end;
}

/** Whether what stands alone after this is no part of its cluster. */
const endsBefore = (code: number): boolean => standsAlone(code) || isMark(code);

/** What is painted of a cluster: all of it, unless it is too long. */
const partOf = (text: string, start: number, end: number): string =>
  end - start > MAX_CLUSTER_UNITS ? cut(text, start) : text.slice(start, end);

/** The first units of a cluster that is too long, without half a surrogate pair. */
function cut(text: string, start: number): string {
  const isHalf = isHighSurrogate(text.charCodeAt(start + MAX_CLUSTER_UNITS - 1));
  return text.slice(start, start + (isHalf ? MAX_CLUSTER_UNITS - 1 : MAX_CLUSTER_UNITS));
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
