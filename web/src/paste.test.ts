import { expect, it } from 'vitest';
import { cleanPaste } from './paste.ts';

it('keeps text, tabs and line breaks, and makes every line break one newline', () => {
  expect(cleanPaste('a\tb\r\nc\rd\ne — 日本 👍')).toBe('a\tb\nc\nd\ne — 日本 👍');
});

it('leaves no way out of a bracketed paste', () => {
  expect(cleanPaste('x\x1b[201~y\x9b201~z')).toBe('x[201~y201~z');
});

it('drops every other control code', () => {
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('');
  const kept = Array.from(cleanPaste(controls), (character) => character.charCodeAt(0)).filter(
    (code) => code < 0x20 || code >= 0x7f,
  );
  expect(new Set(kept)).toEqual(new Set([0x09, 0x0a]));
});
