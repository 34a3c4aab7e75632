/** The screen after any sequence of actions is what a full repaint paints: no pane forgets what it is painted from. */
import type { ConnectionState } from '@parley/client';
import type { RoomEvent } from '@parley/protocol';
import { keyInput } from '@parley/terminal';
import { fuzzRuns } from '@parley/testkit';
import {
  type Arbitrary,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  string,
  array,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listOf, NOW, online, you } from '../../test/acting-client.ts';
import { byLink, glimpse, roomOf, ROOMS, ViewBench } from '../../test/view-bench.ts';
import type { Action } from '../state/actions.ts';
import type { StartOptions } from '../state/state.ts';

const waiting: ConnectionState = { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason: 'It was lost.' };
/** More than most screens of the test have rows for. */
const MANY = Array.from({ length: 24 }, (_, index) => `room${index}`);

const person = constantFrom({ id: '1', nick: 'ada' }, { id: '2', nick: 'bob' }, { id: '3', nick: '日本\x1b[31m' });
const text = oneof(
  string({ maxLength: 60, size: 'max' }),
  constantFrom('ada: hi', '👍🏽 ok 日本語', 'https://example.org/x', 'a\nb\n\nc', '\x1b[2Jx'),
);
const at = integer({ min: 0, max: 10 }).map((days) => new Date(NOW - days * 86_400_000).toISOString());
const roomName = constantFrom(...ROOMS);

const seqs = new Map<string, number>();
const event: Arbitrary<RoomEvent> = record({
  room: roomName,
  from: person,
  text,
  at,
  kind: integer({ min: 0, max: 5 }),
}).map(({ room, from, text: words, at: when, kind }) => {
  const seq = (seqs.get(room) ?? 0) + 1;
  seqs.set(room, seq);
  const base = { room, seq, at: when, from };
  if (kind === 0) return { ...base, type: 'member.joined' };
  if (kind === 1) return { ...base, type: 'topic.changed', topic: words };
  if (kind === 2) return { ...base, type: 'message.edited', target: Math.max(1, seq - 1), text: words };
  return { ...base, type: 'message', text: words, cid: `c${seq}` };
});

const chords = (
  'enter tab shift+tab up down left pageup pagedown home end escape backspace ' +
  'alt+up alt+down alt+enter ctrl+p f1 f3 ctrl+u shift+up ctrl+home'
).split(' ');
const action: Arbitrary<Action | { readonly resize: readonly [number, number] }> = oneof(
  constantFrom(...chords).map((chord): Action => {
    const parts = chord.split('+');
    const name = parts.pop() ?? '';
    const modifiers = { ctrl: parts.includes('ctrl'), alt: parts.includes('alt'), shift: parts.includes('shift') };
    return { type: 'input', input: keyInput(name, modifiers), now: NOW };
  }),
  text.map((words): Action => ({
    type: 'input',
    input: { type: 'text', text: words.replace(/\p{Control}/gu, '') },
    now: NOW,
  })),
  constantFrom('/help', '/rooms', '/join dev', '/topic', '/nonsense', '/theme light', '/theme dark').map(
    (words): Action => ({
      type: 'input',
      input: { type: 'paste', text: words, truncated: false },
      now: NOW,
    }),
  ),
  event.map((each): Action => ({ type: 'events', events: [each], now: NOW })),
  record({ room: roomName, unread: integer({ min: 0, max: 1200 }) }).map(({ unread }) =>
    listOf(...[...ROOMS, ...MANY].map((name) => roomOf(name, unread))),
  ),
  record({ down: boolean(), x: constantFrom(3, 40), y: integer({ min: 0, max: 20 }) }).map(({ down, x, y }): Action => {
    const modifiers = { ctrl: false, alt: false, shift: false };
    const action = down ? 'wheel-down' : 'wheel-up';
    return { type: 'input', input: { type: 'mouse', action, button: 'none', x, y, ...modifiers }, now: NOW };
  }),
  roomName.map((name): Action => ({
    type: 'room.opened',
    opened: { room: roomOf(name, 0), members: [{ ...you, online: true }], total: 3, events: [], more: false },
    fresh: true,
  })),
  record({ room: roomName, user: person }).map(({ room, user }): Action => ({
    type: 'hint',
    hint: { type: 'typing', room, user },
    now: NOW,
  })),
  record({ room: roomName, user: person, online: boolean() }).map(({ room, user, online: isOn }): Action => ({
    type: 'hint',
    hint: { type: 'presence', room, users: [{ ...user, online: isOn }] },
    now: NOW,
  })),
  record({ room: roomName, text, state: constantFrom('waiting', 'sending', 'failed') }).map(
    ({ room, text: words, state }): Action => ({
      type: 'pending',
      room,
      pending: words === '' ? [] : [{ cid: 'p', text: words, state, words: 'No.' }],
    }),
  ),
  constantFrom(online, waiting).map((connection): Action => ({ type: 'connection', connection, now: NOW })),
  constant<Action>({
    type: 'noted',
    tone: 'bad',
    words: 'Words that are long enough to need two lines on most screens.',
    keep: true,
    now: NOW,
  }),
  constant<Action>({ type: 'ticked', now: NOW + 60_000 }),
  record({ cols: integer({ min: 5, max: 130 }), rows: integer({ min: 2, max: 40 }) }).map(({ cols, rows }) => ({
    resize: [cols, rows] as const,
  })),
);

const STARTS: readonly (readonly [string, Partial<StartOptions>, Action])[] = [
  ['from where one is online', {}, { type: 'connection', connection: online, now: NOW }],
  ['from a glimpse', byLink, { type: 'glimpsed', glimpse }],
];

describe('the screen', () => {
  it.each(STARTS)('is after any actions what a full repaint paints, %s', async (_how, options, start) => {
    await assert(
      asyncProperty(array(action, { maxLength: 40, size: 'max' }), async (actions) => {
        const bench = new ViewBench({ cols: 90, rows: 24 }, 'auto', options);
        try {
          bench.act({ type: 'started', now: NOW }, start);
          for (const each of actions) {
            if ('resize' in each) bench.resize(...each.resize);
            else bench.act(each);
            // Each change is a frame of its own: together they would be painted as a whole.
            bench.paint();
          }
          const incremental = await bench.screen();
          bench.repaint();
          expect(incremental).toEqual(await bench.screen());
        } finally {
          bench.close();
        }
      }),
      { numRuns: fuzzRuns(150, 20) },
    );
  });
});
