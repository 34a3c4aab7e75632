/**
 * The clusters of a text that is being written, remembered: after a key only those about the place that it changed are looked
 * for. Looking for all of them takes a millisecond for some 500 units of many scripts. Knows no rows.
 */
import { forEachCluster } from './width.ts';

/** Where a cluster ends is told by what is before it in its cluster, and by the one character after it. */
const LOOKAHEAD_UNITS = 2;
/** Most editors are empty. */
const NONE = new Uint32Array(0);

export class TextClusters {
  #text = '';
  /** Of each cluster where it ends (UTF-16), times four, and its columns. */
  #clusters = NONE;

  /** Goes over to another text, which is the cheaper the more of its beginning and end is as it was. */
  follow(text: string): void {
    const before = this.#text;
    const old = this.#clusters;
    const most = Math.min(text.length, before.length);
    let head = 0;
    while (head < most && text.charCodeAt(head) === before.charCodeAt(head)) head++;
    if (head === text.length && head === before.length) return;
    const shift = text.length - before.length;
    let tail = text.length;
    while (tail > head && tail - shift > head && text.charCodeAt(tail - 1) === before.charCodeAt(tail - 1 - shift))
      tail--;

    const kept = this.#indexAt(head - LOOKAHEAD_UNITS + 1);
    const from = endAt(old, kept - 1);
    const changed: number[] = [];
    let next = kept;
    let isAsBefore = false;
    forEachCluster(text.slice(from), (start, end, width) => {
      // Where clusters begin at the same place of the same rest, that goes on as it did.
      if (from + start >= tail) {
        while (next < old.length && endAt(old, next - 1) < from + start - shift) next++;
        isAsBefore = next < old.length && endAt(old, next - 1) === from + start - shift;
      }
      if (!isAsBefore) changed.push((from + end) * 4 + width);
      return !isAsBefore;
    });
    const rest = isAsBefore ? old.subarray(next) : NONE;
    const clusters = new Uint32Array(kept + changed.length + rest.length);
    clusters.set(old.subarray(0, kept));
    clusters.set(changed, kept);
    rest.forEach((packed, index) => (clusters[kept + changed.length + index] = packed + shift * 4));
    this.#text = text;
    this.#clusters = clusters;
  }

  /** Calls `visit` for each cluster between two offsets, which count from the first of them. */
  forEach(start: number, end: number, visit: (start: number, end: number, width: number) => void): void {
    const clusters = this.#clusters;
    let from = start;
    for (let index = this.#indexAt(start + 1); from < end && index < clusters.length; index++) {
      const to = endAt(clusters, index);
      visit(from - start, to - start, (clusters[index] ?? 0) & 3);
      from = to;
    }
  }

  /** The first cluster that ends at `offset` or after it. */
  #indexAt(offset: number): number {
    let low = 0;
    for (let high = this.#clusters.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (endAt(this.#clusters, middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const endAt = (clusters: Uint32Array, index: number): number => (index < 0 ? 0 : (clusters[index] ?? 0) >>> 2);
