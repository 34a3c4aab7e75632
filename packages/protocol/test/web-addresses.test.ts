import { describe, expect, it, vi } from 'vitest';
import { webAddresses } from '@parley/protocol';

describe('the web addresses of a text', () => {
  it.each([
    ['https://example.org', 'https://example.org'],
    ['see HTTPS://example.org/a, then', 'HTTPS://example.org/a'],
    ['it is at http://example.org/a?b=c#d.', 'http://example.org/a?b=c#d'],
    ['“https://example.org/a”…', 'https://example.org/a”'],
    ['https://en.wikipedia.org/wiki/Rust_(programming_language)', undefined],
    [
      'https://en.wikipedia.org/wiki/Rust_(programming_language).',
      'https://en.wikipedia.org/wiki/Rust_(programming_language)',
    ],
    ['(https://en.wikipedia.org/wiki/Foo_(bar)).', 'https://en.wikipedia.org/wiki/Foo_(bar)'],
    ['(see https://example.org/a)', 'https://example.org/a'],
    ['[https://example.org/a[1]]', 'https://example.org/a[1]'],
    ['[(https://example.org/a)]!', 'https://example.org/a'],
    ['https://example.org/a)b(c', 'https://example.org/a)b(c'],
    ['{https://example.org/a}', 'https://example.org/a'],
    ['│https://example.org/a│', 'https://example.org/a'],
    ['<https://example.org/a>', 'https://example.org/a'],
  ])('of %s', (text, address = text) => {
    expect(webAddresses(text)).toEqual([{ index: text.indexOf(address), address }]);
  });

  it('are none where nothing follows', () => {
    expect(webAddresses('https:// and https://... and (https://) and example.org')).toEqual([]);
  });

  it('are told one by one', () => {
    expect(webAddresses('https://a.org/(x) https://b.org/')).toEqual([
      { index: 0, address: 'https://a.org/(x)' },
      { index: 18, address: 'https://b.org/' },
    ]);
  });

  it.each([10, 1000])('are found in as many passes over a text that ends in %i brackets', (brackets) => {
    const text = `https://example.org/${')'.repeat(brackets)}`;
    const split = vi.spyOn(String.prototype, 'split');
    const found = webAddresses(text);
    const passes = split.mock.calls.length;
    split.mockRestore();
    expect(found).toEqual([{ index: 0, address: 'https://example.org/' }]);
    expect(passes).toBe(4);
  });
});
