import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCharacters, foldName, isCleanString, isDirectRoom, isName, normalizeName } from '@parley/protocol';

describe('a name', () => {
  test.each(['ada', 'Ada_1', 'a.b-c', 'Ørsted', '山田', 'жук', '١٢٣', '_'])('can be %s', (name) => {
    expect(isName(name)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['a space', 'a b'],
    ['a control character', 'a\u001b[31m'],
    ['an emoji', 'ada🎉'],
    ['a zero-width joiner', 'a\u200db'],
    ['a bidi override', 'a\u202eb'],
    ['a combining mark that nothing composes with', 'x\u0301\u0302'],
    ['a letter that is not seen', 'ada\u3164'],
    ['nothing but letters that are not seen', '\u115f\u1160\uffa0'],
    ['a slash', '../etc'],
    ['an at sign', '@7'],
  ])('can’t be or hold %s', (_, name) => {
    expect(isName(name)).toBe(false);
  });

  test('is stored composed', () => {
    expect(normalizeName('e\u0301ve')).toBe('éve');
  });

  test('is the same in any case', () => {
    expect(foldName('ADA')).toBe(foldName('ada'));
    expect(foldName('STRASSE')).toBe(foldName('straße'));
    expect(foldName('straẞe')).toBe(foldName('straße'));
    expect(foldName('ΣΑΣ')).toBe(foldName('σας'));
    expect(foldName('E\u0301VE')).toBe(foldName('éve'));
    expect(foldName('ada')).not.toBe(foldName('adà'));
  });

  test('folds the same whether it is ASCII or not', () => {
    const foldAny = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC');
    const anyName = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(anyName, (name) => {
        expect(foldName(name)).toBe(foldAny(name));
      }),
    );
  });

  test('folds to itself when folded again', () => {
    for (const name of ['Ada', 'STRASSE', 'ΣΑΣ', 'ﬁn', 'Ⅷ', 'İ']) expect(foldName(foldName(name))).toBe(foldName(name));
  });

  test('is counted in code points', () => {
    expect(countCharacters('𠮷野家')).toBe(3);
  });
});

test('a string is clean without U+0000 and lone surrogates', () => {
  expect(isCleanString('a\u0001🎉\uffff')).toBe(true);
  for (const string of ['a\0', '\ud83c', 'x\udf89', '\udf89\ud83c']) expect(isCleanString(string)).toBe(false);
});

test('a direct room begins with @', () => {
  expect(isDirectRoom('@12')).toBe(true);
  expect(isDirectRoom('dev')).toBe(false);
});
