import { decodeServerFrame } from '@parley/protocol';
import { expect, it } from 'vitest';
import { decodeShared } from './shared-messages.ts';

const from = { id: '7', nick: 'ada' };
const message = (seq: number, text = `text ${seq}`) => ({
  type: 'message',
  room: 'dev',
  seq,
  at: '2026-01-01T00:00:00Z',
  from,
  text,
  cid: `c${seq}`,
});
const joined = (re: number, texts: string[]) =>
  JSON.stringify({
    type: 'room.joined',
    re,
    room: { room: 'dev' },
    members: [{ id: '7', nick: 'ada', guest: true, online: true }],
    total: 1,
    events: texts.map((text, index) => message(index + 1, text)),
    more: false,
  });

it.each([
  ['an event', JSON.stringify(message(1))],
  ['several events', JSON.stringify([message(1), message(2)])],
  ['an answer', joined(1, ['a', 'b'])],
  ['a long answer', joined(1, ['a'.repeat(20_000)])],
  ['a hint', '{"type":"typing","room":"dev","nick":"ada"}'],
  ['no JSON', '{'],
  ['no message', '[1]'],
])('reads %s as anyone does', (_name, text) => {
  for (let time = 0; time < 2; time++) expect(decodeShared(text)?.messages).toEqual(decodeServerFrame(text));
});

it('answers the same objects for the same events, however they come', () => {
  const [live] = decodeShared(JSON.stringify(message(5, 'five')))?.messages ?? [];
  const history = { type: 'history', re: 4, room: 'dev', events: [message(5, 'five')] };
  const [page] = decodeShared(JSON.stringify(history))?.messages ?? [];
  expect(page?.type === 'history' && page.events[0]).toBe(live);
  const joins = [1, 2].map((re) => decodeShared(joined(re, ['x', 'y']))?.messages[0]);
  const [first, second] = joins.map((join) => (join?.type === 'room.joined' ? join : undefined));
  expect(first?.re).toBe(1);
  expect(second?.re).toBe(2);
  expect(second?.events[1]).toBe(first?.events[1]);
  expect(second?.members[0]).toBe(first?.members[0]);
});

it('does not take an event for another that has its number', () => {
  decodeShared(JSON.stringify(message(9, 'before')));
  expect(decodeShared(JSON.stringify(message(9, 'after')))?.messages).toEqual([message(9, 'after')]);
  const edited = { ...message(9, 'after'), editedAt: '2026-01-02T00:00:00Z' };
  expect(decodeShared(JSON.stringify(edited))?.messages).toEqual([edited]);
  expect(decodeShared(JSON.stringify(message(9, 'after')))?.messages).toEqual([message(9, 'after')]);
});

it.each([
  ['an event', JSON.stringify(message(1)), 'events'],
  ['events and hints', JSON.stringify([{ type: 'typing', room: 'dev', user: from }, message(2)]), 'events'],
  ['hints', JSON.stringify([{ type: 'notice', text: 'hello' }]), 'hints'],
  ['an answer', JSON.stringify({ type: 'ok', re: 1 }), undefined],
  ['an answer among events', JSON.stringify([message(3), { type: 'ok', re: 1 }]), undefined],
  ['what a later version says', JSON.stringify({ type: 'poll' }), undefined],
])('says of %s whether it can wait', (_name, text, news) => {
  expect(decodeShared(text)?.news).toBe(news);
});
