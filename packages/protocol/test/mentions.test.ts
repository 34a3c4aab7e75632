import { assert, constantFrom, property, array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, forEachName, mentions } from '../src/index.ts';

const namesOf = (text: string): string[] => {
  const names = new Set<string>();
  forEachName(text, (name) => names.add(name));
  return [...names];
};

describe('a mention', () => {
  it.each([
    ['ada: hello', 'ada'],
    ['hello @ADA!', 'ada'],
    ['Is it you, Ada?', 'ada'],
    ['That was ada.', 'ada'],
    ['ada_ is another, says ada-', 'ada'],
    ['(ada)', 'ada'],
    ['über: hallo', 'ÜBER'],
    ['日本: やあ', '日本'],
    ['a.b-c said so', 'a.b-c'],
  ])('is in “%s” for %s', (text, nick) => {
    expect(mentions(text, nick)).toBe(true);
  });

  it.each([
    ['adapt', 'ada'],
    ['canada', 'ada'],
    ['x.ada', 'ada'],
    ['', 'ada'],
    ['ada_1', 'ada'],
    ['日本語', '日本'],
  ])('is not in “%s” for %s', (text, nick) => {
    expect(mentions(text, nick)).toBe(false);
  });

  it('is found in the same words, however the text is looked at', () => {
    const part = constantFrom(
      'ada',
      'Ö',
      'ß',
      'SS',
      'İ',
      'ﬁ',
      '①',
      '…',
      '.',
      '_',
      '-',
      ' ',
      '@',
      ':',
      '日本',
      'É',
      '\n',
      '9',
      '👍',
    );
    const slowly = (text: string): string[] => {
      const names = new Set<string>();
      for (const [word] of text.matchAll(/[\p{L}\p{N}._-]+/gu)) {
        const folded = foldName(word);
        names.add(folded).add(folded.replace(/[._-]+$/u, ''));
      }
      return [...names];
    };
    assert(
      property(array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(namesOf(text).toSorted()).toEqual(slowly(text).toSorted());
      }),
    );
  });
});
