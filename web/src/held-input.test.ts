import { describe, expect, test } from 'vitest';
import { HeldInput, isKept } from './held-input.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function held(...keys: readonly string[]): HeldInput {
  const input = new HeldInput();
  for (const key of keys) if (isKept(bytes(key))) input.hold(bytes(key));
  return input;
}

const taken = (input: HeldInput): string =>
  input
    .take()
    .map((each) => new TextDecoder().decode(each))
    .join('');

describe('what is typed without a connection', () => {
  test.each([
    ['Ctrl+U', ['secret', '\x15', 'hello'], 'hello'],
    ['Ctrl+U in the second of two lines', ['one\rtwo', '\x15', '2'], 'one\n2'],
    ['Ctrl+W', ['secret word', '\x17', 'thing'], 'secret thing'],
    ['Alt+Backspace', ['secret word  ', '\x1b\x7f', 'thing'], 'secret thing'],
    ['Backspace', ['héé', '\x7f', '\x08', 'i'], 'hi'],
    ['Backspace over an emoji', ['a😀', '\x7f', 'b'], 'ab'],
    ['Ctrl+A, E and K', ['a', '\x01', 'b', '\x05', '\x0b', 'c'], 'abc'],
  ])('is taken back by %s', (_key, keys, text) => {
    const input = held(...keys);
    expect(input.text).toBe(text);
    // To the session that it was typed for it goes with the keys, which do the same there.
    expect(taken(input)).toBe(keys.join(''));
  });

  test('holds no key that does something else', () => {
    expect(held('a', '\x03', '\x1b', '\x0c', '\x1bOP', '\x1b[5~', '\x10', 'b').text).toBe('ab');
  });

  test('holds nothing more, above all no Enter, once there was no room for something', () => {
    const input = held('dear ', `\x1b[200~${'p'.repeat(5000)}\x1b[201~`, ' yours\r');
    expect(input.isFull).toBe(true);
    expect(taken(input)).toBe('dear ');
  });
});
