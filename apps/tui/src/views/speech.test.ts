/** What a page that speaks is told in words, and nobody else. */
import { type RoomEvent, speechRequest } from '@parley/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { message, NOW, online, you } from '../../test/acting-client.ts';
import { roomOf, ViewBench } from '../../test/view-bench.ts';
import { MOST_A_SECOND } from './speech.ts';

/** In the lobby, where one message was before. */
function inLobby(hosted = true): ViewBench {
  const bench = new ViewBench({ cols: 90, rows: 24 }, 'auto', { hosted });
  onTestFinished(() => bench.close());
  const opened = { room: roomOf('lobby', 0), members: [{ ...you, online: true }], total: 1, more: false };
  bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
  bench.act({ type: 'room.opened', opened: { ...opened, events: [message(6, 'from before')] }, fresh: true });
  bench.paint();
  return bench;
}

/** The words of each escape that speaks, as a terminal ends them. */
const spoken = (bench: ViewBench): string[] =>
  [...bench.written.matchAll(/\x1b\]5379;say;([^\x07\x1b\x9c]*)(\x07|\x1b|\x9c)/gu)].map(([, words = '', end]) =>
    end === '\x07' ? words : `${words} …not ended by BEL`,
  );

const hears = (bench: ViewBench, ...texts: string[]): void =>
  bench.act({ type: 'events', events: texts.map((text, index) => message(7 + index, text)), now: NOW });

it('says where one is, and then what others say, to a page that has asked for words', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  expect(spoken(bench)).toEqual(['You are in #lobby. 1 person is online.']);
  hears(bench, 'hello', 'one\ntwo');
  bench.act({ type: 'events', events: [message(9, 'my own', { from: you })], now: NOW });
  const from = { id: '3', nick: 'cy' };
  const at = new Date(NOW).toISOString();
  bench.act({ type: 'events', events: [{ type: 'member.joined', room: 'lobby', seq: 10, at, from }], now: NOW });
  bench.act({ type: 'noted', tone: 'bad', words: 'There is no such room.', keep: false, now: NOW });
  bench.act({ type: 'noted', tone: 'plain', words: 'Kept in the room.', keep: true, now: NOW });
  expect(spoken(bench).slice(1)).toEqual([
    'bob: hello',
    'bob: one two',
    'cy joined.',
    'There is no such room.',
    'Kept in the room.',
  ]);
});

it('says what others change of what they said, and nothing of one’s own', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  hears(bench, 'teh tea', 'never mind');
  bench.act({ type: 'events', events: [message(9, 'my own', { from: you })], now: NOW });
  const before = spoken(bench).length;
  const at = new Date(NOW).toISOString();
  const from = { id: '2', nick: 'bob' };
  const events: RoomEvent[] = [
    { type: 'message.edited', room: 'lobby', seq: 10, at, from, target: 7, text: 'the tea' },
    { type: 'message.deleted', room: 'lobby', seq: 11, at, from, target: 8 },
    { type: 'message.edited', room: 'lobby', seq: 12, at, from: you, target: 9, text: 'mine' },
  ];
  bench.act({ type: 'events', events, now: NOW });
  expect(spoken(bench).slice(before)).toEqual(['bob: the tea (edited)', 'bob: (deleted)']);
});

it('says nothing to a page that has not asked, or does not ask any more, nor to another terminal', () => {
  const silent = inLobby();
  hears(silent, 'hello');
  const stopped = inLobby();
  stopped.type(speechRequest(true));
  stopped.type(speechRequest(false));
  const before = spoken(stopped).length;
  hears(stopped, 'hello');
  expect(spoken(stopped)).toHaveLength(before);
  const terminal = inLobby(false);
  terminal.type(speechRequest(true));
  hears(terminal, 'hello');
  for (const bench of [silent, terminal]) expect(bench.written).not.toContain(';say;');
});

it('keeps each of its words in one escape, whatever they hold', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  hears(bench, 'a;b', '\x07\x1b\\\x1b]2;owned\x07', 'c\u009cd\u009b2J', 'e\x18f\x1ag\0');
  bench.act({ type: 'noted', tone: 'bad', words: 'h\x07\x1b\\i', keep: false, now: NOW });
  expect(spoken(bench).slice(1)).toEqual(['bob: a;b', 'bob: \\]2;owned', 'bob: cd2J', 'bob: efg', 'h\\i']);
});

it('says popups as they open, and of a list the row that Enter would take', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  const said = spoken(bench).length;
  bench.type('\x10');
  expect(spoken(bench).slice(said)).toEqual(['Go to.', 'You are in no other room. /rooms lists all there are.']);
  bench.act({
    type: 'rooms',
    rooms: new Map([roomOf('lobby', 0), roomOf('dev', 2), roomOf('den', 0)].map((room) => [room.room, room])),
  });
  // Once more, now that there are some.
  bench.type('\x1b');
  bench.paint();
  bench.type('\x10');
  bench.type('\x1b[B');
  expect(spoken(bench).slice(said + 2)).toEqual(['Go to.', '#dev, 2 new. 1 of 2.', '#den. 2 of 2.']);
  bench.type('\x1b');
  bench.paint();
  bench.type('\x03');
  expect(spoken(bench).slice(said + 5)).toEqual(['Leave Parley?', 'Enter leaves, Escape stays.']);
});

it('says what a password is for, and that it was wrong', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  const said = spoken(bench).length;
  bench.type('/join den\r');
  const refused = { type: 'room.refused', room: 'den', code: 'wrong_password' } as const;
  bench.act({ ...refused, words: 'den needs a password.' });
  bench.type('x\r');
  bench.act({ ...refused, words: 'That is not the password of den.' });
  const words = spoken(bench).slice(said);
  expect(words).toEqual(expect.arrayContaining(['Password.', 'Joining den.', 'den needs a password.']));
  expect(words.at(-1)).toBe('That is not the password of den.');
});

it('says so many messages a second, and then how many there were besides', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  hears(bench, ...Array.from({ length: MOST_A_SECOND + 7 }, (_, index) => `m${index}`));
  expect(spoken(bench)).toHaveLength(1 + MOST_A_SECOND);
  bench.paint();
  expect(spoken(bench).slice(1 + MOST_A_SECOND)).toEqual(['…and 7 more messages']);
});

it('says to whoever comes back what came meanwhile', () => {
  const bench = inLobby();
  bench.type(speechRequest(true));
  bench.detach();
  hears(bench, 'hello');
  expect(spoken(bench)).toHaveLength(1);
  bench.repaint();
  bench.type(speechRequest(true));
  expect(spoken(bench).slice(1)).toEqual([expect.stringMatching(/^You are in #lobby/u), 'bob: hello']);
});
