import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { style } from './style.ts';
import { run, wrapRuns } from './styled-row.ts';
import { textWidth } from './width.ts';
import { wrapLine } from './wrap.ts';

const rows = (line: string, width: number): string[] =>
  wrapLine(line, width).map(({ start, end }) => line.slice(start, end));

describe('wrapLine', () => {
  test.each([
    ['', 5, ['']],
    ['hello', 5, ['hello']],
    ['hello world', 5, ['hello ', 'world']],
    ['hello world', 8, ['hello ', 'world']],
    ['a    b', 3, ['a    ', 'b']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['日本語', 4, ['日本', '語']],
    ['日本語', 5, ['日本', '語']],
    ['ab日本', 3, ['ab', '日', '本']],
    ['안녕하세요 여러분', 14, ['안녕하세요 ', '여러분']],
    ['안녕하세요', 6, ['안녕하', '세요']],
    ['日안녕本', 4, ['日', '안녕', '本']],
    ['well-known', 6, ['well-', 'known']],
    ['👨‍👩‍👧👍🏽', 2, ['👨‍👩‍👧', '👍🏽']],
    ['日', 1, ['日']],
  ])('breaks %j at %i columns', (line, width, expected) => {
    expect(rows(line, width)).toEqual(expected);
  });

  test('loses nothing and never passes the width', () => {
    const piece = fc.constantFrom('a', ' ', '日', '👍🏽', 'word ', '-', 'longerword', 'é', '  ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30, size: 'max' }), fc.integer({ min: 2, max: 12 }), (parts, width) => {
        const line = parts.join('');
        const wrapped = wrapLine(line, width);
        expect(wrapped.map(({ start, end }) => line.slice(start, end)).join('')).toBe(line);
        for (const range of wrapped) {
          expect(range.width).toBeLessThanOrEqual(width);
          expect(textWidth(line.slice(range.start, range.end).trimEnd())).toBeLessThanOrEqual(range.width);
          expect(range.end > range.start || line === '').toBe(true);
        }
      }),
      { numRuns: fuzzRuns(3000) },
    );
  });
});

describe('wrapRuns', () => {
  test('keeps styles over breaks and indents what follows', () => {
    const red = style({ fg: '#ff0000' });
    const wrapped = wrapRuns([run('one '), run('two three', red)], 10, { first: [run('> ')] });
    expect(wrapped.map((line) => line.text)).toEqual(['> one two ', '  three']);
    expect(wrapped[0]?.runs.at(-1)).toEqual(run('two ', red));
    expect(wrapped[1]?.runs.at(-1)).toEqual(run('three', red));
  });

  test('breaks at line breaks and makes the text safe', () => {
    expect(wrapRuns([run('a\nb\u001b[2J\n\nc')], 20).map((line) => line.text)).toEqual(['a', 'b[2J', '', 'c']);
  });
});
