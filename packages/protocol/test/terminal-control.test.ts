import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampSize, countCharacters, decodePageControl, type PageControl, TERMINAL_SIZE } from '@parley/protocol';
import { anyFrame } from './any-message.ts';

/** As JSON carries it: there is no -0. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const link = fc.string({ unit: 'binary', maxLength: 256, size: 'max' });
const control = fc.oneof(
  fc.record(
    {
      type: fc.constant('attach'),
      cols: number,
      rows: number,
      tab: fc.stringMatching(/^[A-Za-z0-9_-]{8,64}$/),
      room: link,
      nick: link,
      timezone: fc.stringMatching(/^[A-Za-z0-9_+/-]{1,64}$/),
      theme: fc.constantFrom('light', 'dark'),
    },
    { requiredKeys: ['type', 'cols', 'rows'] },
  ),
  fc.record({ type: fc.constant('resize'), cols: number, rows: number }),
  fc.record({ type: fc.constant('ack'), bytes: fc.maxSafeNat() }),
);

/** What the gateway relies on in what it takes from a page. */
function isSound(read: PageControl): boolean {
  switch (read.type) {
    case 'attach':
      return (
        Number.isFinite(read.cols) &&
        Number.isFinite(read.rows) &&
        /^[\w-]{8,64}$/.test(read.tab ?? '________') &&
        /^[\w+/-]{1,64}$/.test(read.timezone ?? 'UTC') &&
        ['light', 'dark'].includes(read.theme ?? 'dark') &&
        countCharacters(read.room ?? '') <= 256 &&
        countCharacters(read.nick ?? '') <= 256
      );
    case 'resize':
      return Number.isFinite(read.cols) && Number.isFinite(read.rows);
    case 'ack':
    default:
      return Number.isSafeInteger(read.bytes) && read.bytes >= 0;
  }
}

describe('a control frame of the page', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(control, (sent) => {
        expect(decodePageControl(JSON.stringify(sent))).toEqual(sent);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"type":"attach"}',
    '{"type":"attach","cols":"80","rows":24}',
    '{"type":"attach","cols":1e999,"rows":24}',
    '{"type":"attach","cols":80,"rows":24,"tab":"short"}',
    '{"type":"attach","cols":80,"rows":24,"tab":"with a newline\\n"}',
    '{"type":"attach","cols":80,"rows":24,"timezone":"Europe/Berlin; TZ=x"}',
    `{"type":"attach","cols":80,"rows":24,"room":"${'x'.repeat(257)}"}`,
    '{"type":"resize","cols":80}',
    '{"type":"ack","bytes":-1}',
    '{"type":"ack","bytes":0.5}',
    '{"type":"exit"}',
  ])('is none: %s', (frame) => {
    expect(decodePageControl(frame)).toBeUndefined();
  });

  test('is a sound one or none, and never throws, whatever the page sends', () => {
    fc.assert(
      fc.property(anyFrame(control), (frame) => {
        const read = decodePageControl(frame);
        expect(read === undefined || isSound(read)).toBe(true);
      }),
      { numRuns: fuzzRuns(3000) },
    );
  });
});

describe('a terminal’s size', () => {
  const { minCols, maxCols, minRows, maxRows, maxCells } = TERMINAL_SIZE;

  test('is whole and within its bounds, whatever is asked for', () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: 0, max: 1000 }));
    fc.assert(
      fc.property(number, number, (cols, rows) => {
        const size = clampSize({ cols, rows });
        expect([Number.isInteger(size.cols), Number.isInteger(size.rows)]).toEqual([true, true]);
        expect(size.cols).toBeGreaterThanOrEqual(minCols);
        expect(size.cols).toBeLessThanOrEqual(maxCols);
        expect(size.rows).toBeGreaterThanOrEqual(minRows);
        expect(size.rows).toBeLessThanOrEqual(maxRows);
        expect(size.cols * size.rows).toBeLessThanOrEqual(maxCells);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  // The page's terminal has the size that it asks for: a program with another one draws past its edges.
  test.each([
    ['the smallest', 1, 1],
    ['a very narrow one', 18, 20],
    ['a very low one', 40, 4],
    ['a 4K screen with small letters', 480, 135],
    ['the same upright', 257, 200],
  ])('is what was asked for: %s', (_name, cols, rows) => {
    expect(clampSize({ cols, rows })).toEqual({ cols, rows });
  });

  test('gives way in its rows when there are too many cells', () => {
    expect(clampSize({ cols: 500, rows: 200 })).toEqual({ cols: 500, rows: 131 });
    expect(clampSize({ cols: 1e6, rows: 1e6 })).toEqual({ cols: 500, rows: 131 });
    expect(clampSize({ cols: 10, rows: 1e6 })).toEqual({ cols: 10, rows: 200 });
  });
});
