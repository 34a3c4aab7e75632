import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test, vi } from 'vitest';
import { sanitize } from './sanitize.ts';
import {
  clustersOf,
  clusterWidth,
  clusterWork,
  forEachCluster,
  nextBoundary,
  onProgress,
  previousBoundary,
  snapToBoundary,
  textWidth,
  truncate,
} from './width.ts';

const text = fc.oneof(
  fc.string({ maxLength: 40, size: 'max' }),
  fc.string({ unit: 'grapheme', maxLength: 20, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 20, size: 'max' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        'é',
        'e\u0301',
        '日',
        '👍🏽',
        '👨‍👩‍👧',
        '🇩🇪',
        '\u0600',
        '1',
        '\u0301',
        '\u1100',
        '\u1161',
        '\u0e01',
        '\u0e33',
        '‍',
      ),
      {
        maxLength: 20,
        size: 'max',
      },
    )
    .map((parts) => parts.join('')),
);

const segmenter = new Intl.Segmenter();

/** Where Unicode has clusters end, and a letter begins that a sign joins to the one before. */
function boundariesOf(sample: string): number[] {
  const ends = [...segmenter.segment(sample)].map(({ segment, index }) => index + segment.length);
  for (const { index } of sample.matchAll(/(?<=[\p{M}\u200c\u200d])\p{Lo}/gu)) {
    if (!'\u0e33\u0eb3\uff9e\uff9f'.includes(sample.charAt(index))) ends.push(index);
  }
  return [...new Set(ends)].toSorted((a, b) => a - b);
}

const splitOf = (sample: string): string[] =>
  boundariesOf(sample).map((end, at, ends) => sample.slice(ends[at - 1] ?? 0, end));

describe('width', () => {
  test.each([
    ['hello', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['한국어', 6],
    ['👍🏽', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['❤️', 2],
    ['☕✅', 4],
    ['🇩🇪', 2],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 2],
    ['─│', 2],
    ['नमस्ते', 4],
    ['क्ष', 2],
    ['กำ', 2],
    ['', 0],
  ])('%j takes %i columns', (sample, columns) => {
    expect(textWidth(sample)).toBe(columns);
  });

  test('is two columns for every emoji of Unicode', () => {
    // Regional indicators, skin tones and joined families by their building blocks.
    for (const base of ['👩', '🧑', '👋', '🤝', '🐈', '🚀']) {
      for (const tone of ['', '🏻', '🏿']) {
        expect(clusterWidth(base + (/[👩🧑👋🤝]/u.test(base) ? tone : ''))).toBe(2);
      }
    }
    expect(clusterWidth('🧑🏻‍❤️‍💋‍🧑🏼')).toBe(2);
  });

  test('is the sum of its clusters, and they are the text', () => {
    fc.assert(
      fc.property(text, (sample) => {
        const clusters = clustersOf(sample);
        expect(textWidth(sample)).toBe(clusters.reduce((total, cluster) => total + cluster.width, 0));
        const cut = clusters.some((cluster) => cluster.text.length > 30);
        expect(cut ? sample : clusters.map((cluster) => cluster.text).join('')).toBe(sample);
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });

  test('is what string-width says of each cluster, two at most', () => {
    fc.assert(
      fc.property(text, (sample) => {
        const safe = sanitize(sample);
        const expected = splitOf(safe);
        if (expected.some((segment) => segment.length > 31)) return;
        // Thai and Lao AM take a column of their own, wherever they are joined to a letter.
        const widthOf = (segment: string): number => stringWidth(segment) + (/.[\u0e33\u0eb3]/u.test(segment) ? 1 : 0);
        expect(clustersOf(safe)).toEqual(
          expected.map((segment) => ({ text: segment, width: Math.min(2, widthOf(segment)) })),
        );
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });

  test('is that of each of its letters where a sign joins them, as terminals draw them', () => {
    expect(clustersOf('क्षत्रिय').map(({ text: each }) => each)).toEqual(['क्', 'ष', 'त्', 'रि', 'य']);
    expect(clustersOf('ক্\u200dষ').map(({ text: each }) => each)).toEqual(['ক্\u200d', 'ষ']);
  });

  test('is split as the segmenter splits it around every character of the basic plane', () => {
    const differ: string[] = [];
    for (let code = 0x80; code < 0x10000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const at = String.fromCharCode(code);
      const sample = `a${at}b${at}${at}\u0301${at}\u200d${at}─${at}é${at}日${at}`;
      const expected = splitOf(sample);
      if (clustersOf(sample).some((cluster, index) => cluster.text !== expected[index])) differ.push(code.toString(16));
    }
    expect(differ).toEqual([]);
  });

  test('is split as the segmenter splits it, however long it is', () => {
    const piece = fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      '日',
      '👍🏽',
      '👩\u200d',
      '🇩',
      '\u0600',
      '\u0301',
      '\u1100',
      '\u1161',
      '\u0915\u094d',
      '\ud83d',
    );
    const stretches = fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 600 })), { maxLength: 8, size: 'max' });
    fc.assert(
      fc.property(stretches, (parts) => {
        const sample = parts.map(([text, times]) => text.repeat(times)).join('');
        const found: number[][] = [];
        forEachCluster(sample, (start, end) => void found.push([start, end]));
        expect(found).toEqual(boundariesOf(sample).map((end, at, ends) => [ends[at - 1] ?? 0, end]));
      }),
      { numRuns: fuzzRuns(200, 10) },
    );
  });

  test('of a long text costs what its length does: the segmenter gets no more than a window of it at a time', () => {
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    clustersOf('👍🏽'.repeat(4096));
    const windows = segment.mock.calls.map(([text]) => text.length);
    segment.mockRestore();
    expect(Math.max(...windows)).toBe(512);
    expect(windows.reduce((sum, units) => sum + units, 0)).toBeLessThan(4 * 4096 * 1.1);
  });

  test('of letters with marks is split without the segmenter, also beside what it is needed for', () => {
    const sample = 'e\u0301\u0323ก็กิशक्ति'.repeat(100);
    // Widths are known from then on: string-width has a segmenter, too.
    expect(clustersOf(`👍${sample}`)).toHaveLength(601);
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    expect(clustersOf(sample)).toHaveLength(600);
    expect(segment).not.toHaveBeenCalled();
    clustersOf(`👍${'e\u0301'.repeat(100)}`);
    expect(segment.mock.calls).toEqual([['👍e\u0301']]);
    segment.mockRestore();
  });

  test('of what stands alone takes no work, of the rest what its length does', () => {
    const workOf = (sample: string): number => {
      const before = clusterWork();
      clustersOf(sample);
      return clusterWork() - before;
    };
    expect(workOf('plain, é, 日本語'.repeat(100))).toBe(0);
    expect(workOf('e\u0301'.repeat(100))).toBe(100);
    expect(workOf('👍🏽'.repeat(1000))).toBeGreaterThanOrEqual(4000);
  });

  test('of a long text is told of while it is looked for, window by window', () => {
    const progressed = vi.fn<() => void>();
    onProgress(progressed);
    clustersOf('👍🏽'.repeat(4096));
    onProgress(() => {});
    expect(progressed.mock.calls.length).toBeGreaterThanOrEqual((4 * 4096) / 512);
  });

  test('of a chain of joiners without end is that of its start', () => {
    const chain = '👨\u200d'.repeat(5000);
    expect(clustersOf(chain)).toHaveLength(1);
    expect(clustersOf(chain)[0]?.text.length).toBeLessThanOrEqual(32);
    expect(textWidth(chain)).toBe(2);
  });

  test('of 10,000 clusters that differ stays right after the cache starts anew', () => {
    for (let at = 0; at < 10_000; at++) expect(clusterWidth(String.fromCodePoint(0x4e00 + at))).toBe(2);
    expect(clusterWidth('é')).toBe(1);
  });
});

describe('truncate', () => {
  test('cuts at clusters and never passes the width', () => {
    expect(truncate('hello world', 8)).toBe('hello w…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('👨‍👩‍👧👍🏽', 3)).toBe('👨‍👩‍👧…');
    expect(truncate('ab', 0)).toBe('');
    fc.assert(
      fc.property(text, fc.nat(12), (sample, width) => {
        expect(textWidth(truncate(sample, width))).toBeLessThanOrEqual(width);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });
});

describe('boundaries', () => {
  test('step over whole clusters, back and forth', () => {
    fc.assert(
      fc.property(text, (sample) => {
        const forth = [0];
        while ((forth.at(-1) ?? 0) < sample.length) forth.push(nextBoundary(sample, forth.at(-1) ?? 0));
        const back = [sample.length];
        while ((back.at(-1) ?? 0) > 0) back.push(previousBoundary(sample, back.at(-1) ?? 0));
        expect(back.toReversed()).toEqual(forth);
        const offsets = Array.from({ length: sample.length + 1 }, (_, at) => at);
        const ends = offsets.map((at) => forth.find((boundary) => boundary >= at));
        expect(offsets.map((at) => snapToBoundary(sample, at))).toEqual(ends);
      }),
      { numRuns: fuzzRuns(2000) },
    );
  });
});
