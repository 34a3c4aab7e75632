import { utf8Bytes } from '@parley/protocol';
import { array, assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageParts, sendable } from './message-parts.ts';

describe('what is sent of a text', () => {
  it('begins with its first line that is not blank, whose spaces it keeps', () => {
    expect(sendable('\n \n  indented\n\nmore\n \n')).toBe('  indented\n\nmore');
    expect(sendable('  one line ')).toBe('  one line');
    expect(sendable(' \n\t\n')).toBe('');
  });
});

describe('a text in parts', () => {
  it('is one where it fits', () => {
    expect(messageParts('\nshort ', 5)).toEqual(['short']);
    expect(messageParts(' \n', 5)).toEqual([]);
  });

  it('is cut where a line ends, and the next one keeps its indent', () => {
    expect(messageParts('one two\n  three\nfour', 12)).toEqual(['one two', '  three\nfour']);
    expect(messageParts('one\n\n\ntwo', 5)).toEqual(['one', 'two']);
  });

  it('is cut at spaces where a line is too long, else where it has to be, between characters', () => {
    expect(messageParts('one two three', 8)).toEqual(['one two', 'three']);
    expect(messageParts('one  two', 4)).toEqual(['one', 'two']);
    expect(messageParts('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
    expect(messageParts('日本語', 7)).toEqual(['日本', '語']);
    expect(messageParts('👍🏽👍🏽', 12)).toEqual(['👍🏽', '👍🏽']);
    expect(messageParts('👩‍👩‍👧', 5).join('')).toBe('👩‍👩‍👧');
  });

  it('loses nothing but what is blank, and no part is too long', () => {
    const piece = constantFrom('a', 'word', ' ', '  ', '\n', 'é', '日本', '👍🏽', 'e\u0301');
    assert(
      property(array(piece, { maxLength: 60 }), integer({ min: 8, max: 40 }), (pieces, maxBytes) => {
        const parts = messageParts(pieces.join(''), maxBytes);
        expect(parts.join('').replaceAll(/\s/gu, '')).toBe(pieces.join('').replaceAll(/\s/gu, ''));
        for (const part of parts) expect([utf8Bytes(part) <= maxBytes, sendable(part)]).toEqual([true, part]);
      }),
    );
  });
});
