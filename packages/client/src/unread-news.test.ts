import type { RoomEvent } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import type { SharedFrame } from './shared-messages.ts';
import { UnreadNews } from './unread-news.ts';

const said = (seq: number): RoomEvent => ({
  type: 'message',
  room: 'dev',
  seq,
  at: '2026-11-20T12:00:00.000Z',
  from: { id: '8', nick: 'bob' },
  text: `message ${seq}`,
  cid: `c${seq}`,
});
const events = (...seqs: number[]): SharedFrame => ({ news: 'events', messages: seqs.map(said) });
const hint: SharedFrame = {
  news: 'hints',
  messages: [{ type: 'typing', room: 'dev', user: { id: '8', nick: 'bob' } }],
};
const answer: SharedFrame = { news: undefined, messages: [{ type: 'pong', re: 1 }] };

function start(): { news: UnreadNews; told: boolean[]; read: () => (string | number)[] } {
  const told: boolean[] = [];
  let seen: (string | number)[] = [];
  const news = new UnreadNews({
    waits: ({ patient }) => void told.push(patient),
    events: (_room, these) => void seen.push(...these.map(({ seq }) => seq)),
    hint: ({ type }) => void seen.push(type),
  });
  return {
    news,
    told,
    read: () => {
      news.read();
      return seen.splice(0);
    },
  };
}

describe('news that nobody has looked at yet', () => {
  it('takes more quietly once its reader knows, in order', () => {
    const { news, told, read } = start();
    expect(news.keepsQuietly(events(1))).toBe(false);
    expect(news.keeps(events(1))).toBe(true);
    expect(news.keepsQuietly(events(2, 3))).toBe(true);
    expect(news.keepsQuietly(hint)).toBe(true);
    expect(told).toEqual([false]);
    expect(read()).toEqual([1, 2, 3, 'typing']);
    expect(news.keepsQuietly(events(4))).toBe(false);
  });

  it('has its reader told of events where only hints were waiting', () => {
    const { news, told, read } = start();
    news.keeps(hint);
    expect([news.keepsQuietly(hint), news.keepsQuietly(events(1))]).toEqual([true, false]);
    news.keeps(events(1));
    expect(told).toEqual([true, false]);
    expect(news.keepsQuietly(events(2))).toBe(true);
    expect(read()).toEqual(['typing', 'typing', 1, 2]);
    news.keeps(hint);
    expect(news.keepsQuietly(events(3))).toBe(false);
  });

  it('takes no answer', () => {
    const { news, read } = start();
    news.keeps(events(1));
    expect(news.keepsQuietly(answer)).toBe(false);
    expect(news.keeps(answer)).toBe(false);
    // What was kept comes before it.
    expect(read()).toEqual([1]);
  });
});
