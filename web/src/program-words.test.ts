import { describe, expect, it } from 'vitest';
import { readMessagePane } from './message-pane.ts';
import { readNotice } from './notifications.ts';
import { unreadIn } from './title.ts';

const size = { cols: 80, rows: 24 };

describe('where the messages are', () => {
  it('is what the program tells', () => {
    expect(readMessagePane('messages;18;1;47;20;39', size)).toEqual({ left: 18, top: 1, cols: 47, rows: 20, text: 39 });
  });

  it.each([
    'messages',
    'messages;18;1;47;20',
    'messages;18;1;63;20;39',
    'messages;18;5;47;20;39',
    'messages;18;1;47;0;39',
    'messages;18;1;47;20;17',
    'messages;18;1;47;20;65',
    'messages;-1;1;47;20;20',
    'messages;18;1;47;20;39;1',
    'other;18;1;47;20;39',
    'messages;99999;1;47;20;39',
  ])('is nowhere: %s', (data) => {
    expect(readMessagePane(data, size)).toBeUndefined();
  });
});

describe('a notification', () => {
  it.each([
    [777, 'notify;ada in #dev;hello; you', { title: 'ada in #dev', body: 'hello; you' }],
    [9, 'ada: hello', { title: 'Parley', body: 'ada: hello' }],
    [777, 'notify;a\u202eb\u0007;c\u200bd\ne', { title: 'ab', body: 'cd e' }],
  ] as const)('is read from OSC %d;%s', (code, data, expected) => {
    expect(readNotice(code, data)).toEqual(expected);
  });

  it.each([
    [777, 'precmd'],
    [777, 'notify;;'],
    [9, '4;1;50'],
    [9, ''],
  ] as const)('is none: OSC %d;%s', (code, data) => {
    expect(readNotice(code, data)).toBeUndefined();
  });

  it('is short', () => {
    const notice = readNotice(777, `notify;${'t'.repeat(500)};${'😀'.repeat(500)}`);
    expect([notice?.title.length, [...(notice?.body ?? '')].length]).toEqual([80, 240]);
  });
});

it.each([
  ['(3) #dev · Parley', 3],
  ['(999+) #dev', 999],
  ['#dev · Parley', 0],
  ['', 0],
])('tells how much is unread: %s', (title, unread) => {
  expect(unreadIn(title)).toBe(unread);
});
