import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { TextClusters } from './text-clusters.ts';
import { forEachCluster } from './width.ts';

type Found = readonly [start: number, end: number, width: number];

function clustersIn(clusters: TextClusters, start: number, end: number): Found[] {
  const found: Found[] = [];
  clusters.forEach(start, end, (...cluster) => void found.push(cluster));
  return found;
}

function clustersOf(text: string): Found[] {
  const found: Found[] = [];
  forEachCluster(text, (start, end, width) => void found.push([start, end, width]));
  return found;
}

describe('the clusters of a text that changes', () => {
  test('are those of the text as it is, whatever it was before', () => {
    const pieces =
      'a|é|\n| |e\u0301|\u0301|日|☕|\ufe0f|👍|🏽|👩|\u200d|\u200c|🇩|🇪|\u0600|\u1100|\u1161|\u0915|\u094d|\u093f|\u0e01|\u0e33|\ud83d|-';
    const text = fc
      .array(fc.constantFrom(...pieces.split('|')), { maxLength: 24, size: 'max' })
      .map((parts) => parts.join(''));
    const edits = fc.array(fc.record({ at: fc.nat(), erased: fc.nat(6), inserted: text }), { maxLength: 6 });
    fc.assert(
      fc.property(text, edits, (first, changes) => {
        const clusters = new TextClusters();
        let now = first;
        clusters.follow(now);
        for (const { at, erased, inserted } of changes) {
          const from = at % (now.length + 1);
          now = now.slice(0, from) + inserted + now.slice(from + erased);
          clusters.follow(now);
          expect(clustersIn(clusters, 0, now.length)).toEqual(clustersOf(now));
        }
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  test('of a line count from where it begins', () => {
    const clusters = new TextClusters();
    clusters.follow('क्षि\ne\u0301日\n');
    expect(clustersIn(clusters, 5, 8)).toEqual(clustersOf('e\u0301日'));
    expect(clustersIn(clusters, 9, 9)).toEqual([]);
  });

  test.each([
    ['at its end', (text: string) => text.length],
    ['in its middle', (text: string) => text.length / 2],
    ['at its start', () => 0],
  ])('are looked for about a key %s, however long it is', (_where, place) => {
    const clusters = new TextClusters();
    const text = 'ক্ষি'.repeat(4096);
    clusters.follow(text);
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    clusters.follow(`${text.slice(0, place(text))}x${text.slice(place(text))}`);
    clusters.follow(text);
    const units = segment.mock.calls.reduce((sum, [window]) => sum + window.length, 0);
    segment.mockRestore();
    expect(units).toBeLessThanOrEqual(3 * 512);
  });
});
