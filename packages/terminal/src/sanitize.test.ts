import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitize } from './sanitize.ts';
import { clustersOf } from './width.ts';

const lines = { lines: true };

describe('sanitize', () => {
  test('leaves ordinary text of any script alone', () => {
    for (const text of [
      'plain {bold}tags{/bold} stay as they are',
      'Grüße, καλημέρα, здравствуй',
      '日本語 한국어 中文',
      'नमस्ते क्‍ष مرحبا می‌خواهم שלום',
      '👍🏽 👨‍👩‍👧‍👦 ❤️ 🏳️‍🌈 1️⃣ 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
      'a\u0301\u0323',
    ]) {
      expect(sanitize(text, lines)).toBe(text);
    }
  });

  test('takes what it finds harmless at a glance as it takes it when it looks closely', () => {
    const differ: string[] = [];
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      // An Arabic letter is looked at closely, and changes nothing.
      if (sanitize(`${character}\u0634`, lines) !== `${sanitize(character, lines)}\u0634`)
        differ.push(code.toString(16));
    }
    expect(differ).toEqual([]);
  });

  test('takes every C0 and C1 control and DEL out', () => {
    for (let code = 0; code < 0xa0; code++) {
      if (code >= 0x20 && code < 0x7f) continue;
      const kept = sanitize(`a${String.fromCharCode(code)}b`, lines);
      expect(kept).toBe({ 9: 'a    b', 10: 'a\nb', 11: 'a\nb', 12: 'a\nb', 13: 'a\nb', 0x85: 'a\nb' }[code] ?? 'ab');
    }
  });

  test('breaks the sequences that stock blessed lets through', () => {
    expect(sanitize('\x1b[8mhidden\x1b[m \u009b2J \x1b]2;title\x07 \u0090q\u009c')).toBe('[8mhidden[m 2J ]2;title q');
  });

  test('line breaks of all kinds become \\n, or a space where there are no lines', () => {
    expect(sanitize('a\r\nb\rc\nd\u2028e\u2029f', lines)).toBe('a\nb\nc\nd\ne\nf');
    expect(sanitize('a\r\nb\nc')).toBe('a b c');
  });

  test('takes bidi controls, zero-width characters, fillers and the BOM out', () => {
    const invisible = '\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff';
    for (const character of [
      ...invisible,
      ...'\u00ad\u034f\u115f\u180e\u3164\uffa0\ufff9\u{e0001}\u{e0100}\u{1d173}',
    ]) {
      expect(sanitize(`a${character}b`)).toBe('ab');
    }
  });

  test('keeps a joiner only between what it joins', () => {
    expect(sanitize('\u200d\u200dadmin\u200c ')).toBe('admin ');
    expect(sanitize('👨\u200d\u200d👩')).toBe('👨👩');
  });

  test('keeps tags only in the flag of a region', () => {
    expect(sanitize('hi\u{e0068}\u{e0069}\u{e007f}!')).toBe('hi!');
    expect(sanitize(`🏴${'\u{e0061}'.repeat(40)}\u{e007f}`)).toBe('🏴');
  });

  test('lone surrogates become U+FFFD, pairs stay', () => {
    expect(sanitize('a\ud800b\udc00c😀')).toBe('a\ufffdb\ufffdc😀');
  });

  test('caps the marks on one character', () => {
    expect(sanitize(`z${'\u0300'.repeat(500)}!`)).toBe(`z${'\u0300'.repeat(8)}!`);
  });

  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30, size: 'max' }),
    fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '\u200d',
            '\u200c',
            '\u0300',
            '\ufe0f',
            '👨',
            '🏴',
            '\u{e0067}',
            '\u{e007f}',
            'a',
            'क',
            '्',
            '\ud83d',
            '\udc68',
          ),
          fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)),
          fc.nat(0xffff).map((code) => String.fromCharCode(code)),
        ),
        { maxLength: 30, size: 'max' },
      )
      .map((parts) => parts.join('')),
  );

  test('lets nothing through that acts, whatever the text', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const safe = sanitize(text, lines);
        expect(safe).not.toMatch(
          /(?!\n)\p{Control}|\p{Surrogate}|[\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
        );
        expect(safe).not.toMatch(/\p{Mark}{9}/u);
        expect(sanitize(text)).not.toContain('\n');
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });

  test('done twice changes nothing more', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const safe = sanitize(text, lines);
        expect(sanitize(safe, lines)).toBe(safe);
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });

  test('what is left has clusters of bounded length', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        for (const cluster of clustersOf(sanitize(text, lines))) expect(cluster.text.length).toBeLessThanOrEqual(32);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });
});
