import { describe, expect, it } from 'vitest';
import { notificationBytes } from './notification.ts';

describe('a notification', () => {
  it('is one escape sequence with title and body', () => {
    expect(notificationBytes('bob', 'hello')).toBe('\x1b]777;notify;bob;hello\x07');
  });

  it('can be neither ended nor followed by what users write', () => {
    const evil = 'a\x07\x1b\\\x9c\x1b]0;owned\x07;b\nc\u202e';
    const bytes = notificationBytes(evil, evil);
    const inside = bytes.slice('\x1b]777;notify;'.length, -1);
    // eslint-disable-next-line no-control-regex
    expect(inside).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/u);
    expect(inside.split(';')).toHaveLength(2);
  });

  it('is short, whatever it says', () => {
    expect(notificationBytes('x'.repeat(5000), '日'.repeat(5000)).length).toBeLessThan(260);
  });
});
