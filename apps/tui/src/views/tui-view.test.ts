/** The screen after any sequence of actions is what a full repaint paints: no pane forgets what it is painted from. */
import type { ConnectionState } from '@parley/client';
import { DEFAULT_LIMITS, type RoomEvent } from '@parley/protocol';
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
import { listOf, NOW, online, room, you } from '../../test/acting-client.ts';
import { roomOf, ViewBench } from '../../test/view-bench.ts';
import type { Action } from '../state/actions.ts';
import { logOf } from '../state/room-log.ts';
import type { Glimpse, StartOptions } from '../state/state.ts';
import { dark } from '../themes/dark.ts';
import { light } from '../themes/light.ts';

const waiting: ConnectionState = { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason: 'It was lost.' };
const ROOMS = ['lobby', 'dev', 'テスト'];
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

const glimpse: Glimpse = {
  room: { ...roomOf('dev', 0), readSeq: 5 },
  log: logOf(
    Array.from({ length: 60 }, (_, index): RoomEvent => {
      const base = { room: 'dev', seq: index + 1, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
      return { ...base, type: 'message', text: `said ${index + 1}.`, cid: `c${index}` };
    }),
    true,
  ),
  members: [{ id: '2', nick: 'bob', guest: false, online: true }],
  total: 1,
  online: 1,
  limits: DEFAULT_LIMITS,
};
const byLink = { hosted: true, nick: 'ada', room: 'dev' };

const STARTS: readonly (readonly [string, Partial<StartOptions>, Action])[] = [
  ['from where one is online', {}, { type: 'connection', connection: online, now: NOW }],
  ['from a glimpse', byLink, { type: 'glimpsed', glimpse }],
];

describe('the screen', () => {
  it('shows many comings and goings together, but for the first', async () => {
    const bench = new ViewBench({ cols: 90, rows: 24 });
    const comes = (id: string): Action => ({
      type: 'hint',
      hint: { type: 'presence', room: 'lobby', users: [{ id, nick: `guest${id}`, online: true }] },
      now: NOW,
    });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    const opened = { room: roomOf('lobby', 0), members: [{ ...you, online: true }], total: 1, events: [], more: false };
    bench.act({ type: 'room.opened', opened, fresh: true });
    await bench.screen();
    const before = bench.frames;
    for (let id = 10; id < 20; id++) bench.act(comes(String(id)));
    const shown = (await bench.screen()).join('\n').replaceAll(/\/\d+\|?|\d{6,}|-1/gu, '');
    expect(shown.match(/● guest/gu)).toHaveLength(10);
    expect(bench.frames - before).toBeLessThanOrEqual(2);
    bench.close();
  });

  it('shows messages that take long in several frames, and all of them in the end', async () => {
    const bench = new ViewBench({ cols: 300, rows: 60 });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    const events = Array.from({ length: 60 }, (_, index): RoomEvent => {
      const base = { room: 'lobby', seq: index + 1, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
      return { ...base, type: 'message', text: `m${index + 1}. ${'👍🏽'.repeat(200)}`, cid: `c${index}` };
    });
    const opened = { room: roomOf('lobby', 0), members: [{ ...you, online: true }], total: 1, events, more: false };
    const before = bench.frames;
    bench.act({ type: 'room.opened', opened, fresh: true });
    const shown = await bench.screen();
    expect(bench.frames - before).toBeGreaterThan(1);
    const text = (await bench.cells()).map((row) => row.join('')).join('\n');
    for (const seq of [34, 46, 60]) expect(text.includes(`m${seq}.`)).toBe(true);
    bench.repaint();
    expect((await bench.screen()).join() === shown.join()).toBe(true);
    bench.close();
  });

  it('says nothing while nobody looks, and everything to whoever comes back', async () => {
    const bench = new ViewBench({ cols: 90, rows: 24 });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    await bench.screen();
    bench.detach();
    const before = bench.frames;
    bench.act({ type: 'input', input: { type: 'text', text: 'written meanwhile' }, now: NOW });
    bench.paint();
    expect(bench.frames).toBe(before);
    bench.repaint();
    expect((await bench.screen()).join('').replaceAll(/\/\d+\|?|\d{6,}/gu, '')).toContain('written');
    bench.close();
  });

  it('goes with the terminal’s background, and is then what it had been from the start, with nothing typed', async () => {
    const numbers = (theme: { background: { options: { bg?: string | number | undefined } } }): string =>
      String(Number.parseInt(String(theme.background.options.bg).slice(1), 16));
    const events = Array.from({ length: 60 }, (_, index): RoomEvent => {
      const words = index % 7 === 0 ? 'ada: look at https://example.org/x' : `message ${index}`;
      const from = { id: String(2 + (index % 5)), nick: `bob${index % 5}` };
      const base = { room: 'lobby', seq: index + 1, at: new Date(NOW + index * 60_000).toISOString(), from };
      return { ...base, type: 'message', text: words, cid: `c${index}` };
    });
    const start = (bench: ViewBench): void => {
      const opened = { room: roomOf('lobby', 3), members: [{ ...you, online: true }], total: 1, events, more: false };
      bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
      bench.act(listOf(...ROOMS.map((name) => roomOf(name, 3))));
      bench.act({ type: 'room.opened', opened, fresh: true });
      bench.paint();
      // Scrolled back: the place must stay.
      bench.act({ type: 'input', input: keyInput('pageup'), now: NOW });
      bench.paint();
    };
    const bench = new ViewBench({ cols: 120, rows: 40 });
    const asked = new ViewBench({ cols: 120, rows: 40 }, 'light');
    start(bench);
    start(asked);
    const before = await bench.screen();
    expect(before.join('|').includes(`/${numbers(dark)}|`)).toBe(true);
    bench.type('\x1b]11;rgb:ffff/ffff/ffff\x07');
    const shown = await bench.screen();
    expect(shown).toEqual(await asked.screen());
    expect(shown.join('|').includes(`/${numbers(light)}|`)).toBe(true);
    // What was asked for stays, whatever the terminal is like.
    asked.type('\x1b]11;rgb:0000/0000/0000\x1b\\');
    expect(await asked.screen()).toEqual(shown);
    bench.type('\x1b]11;rgb:0000/0000/0000\x1b\\');
    expect(await bench.screen()).toEqual(before);
    bench.close();
    asked.close();
  });

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

it('stays where one has scrolled to in a glimpse', async () => {
  const bench = new ViewBench({ cols: 90, rows: 24 }, 'auto', byLink);
  const messages = async (): Promise<string[]> =>
    (await bench.cells()).map((row) => /said \d+\./u.exec(row.join(''))?.[0] ?? '').filter((words) => words !== '');
  bench.act({ type: 'started', now: NOW }, { type: 'glimpsed', glimpse });
  expect(await messages()).toContain('said 60.');
  bench.act({ type: 'input', input: keyInput('pageup'), now: NOW });
  const scrolled = await messages();
  expect(scrolled).not.toContain('said 60.');
  bench.act({ type: 'connection', connection: online, now: NOW });
  expect(await messages()).toEqual(scrolled);
  const events = Array.from({ length: 50 }, (_, index): RoomEvent => {
    const base = { room: 'dev', seq: index + 12, at: new Date(NOW).toISOString(), from: { id: '2', nick: 'bob' } };
    return { ...base, type: 'message', text: `said ${index + 12}.`, cid: `c${index}` };
  });
  const opened = { room: { ...roomOf('dev', 0), lastSeq: 61, readSeq: 61 }, members: [], total: 2, events, more: true };
  bench.act({ type: 'room.opened', opened, fresh: true });
  expect(await messages()).toEqual(scrolled);
  bench.act({ type: 'input', input: keyInput('end', { ctrl: true }), now: NOW });
  expect(await messages()).toContain('said 61.');
  bench.close();
});

describe('whoever comes by a link', () => {
  const opened = { room: roomOf('dev', 0), members: [{ ...you, online: true }], total: 1, events: [], more: false };
  const come = (size = { cols: 120, rows: 40 }): ViewBench => {
    const bench = new ViewBench(size, 'auto', { nick: 'ada', room: 'dev' });
    bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: online, now: NOW });
    return bench;
  };
  const text = async (bench: ViewBench): Promise<string> => (await bench.cells()).map((row) => row.join('')).join('\n');

  it('sees the room first, at once when it is there', () => {
    const bench = come();
    const before = bench.frames;
    expect(bench.written).not.toMatch(/Entering|Opening/);
    bench.act({ type: 'room.opened', opened, fresh: true });
    expect(bench.frames).toBe(before + 1);
    expect(bench.written).toContain('Message #dev');
    expect(bench.written).not.toMatch(/Entering|Opening/);
    bench.close();
  });

  it('sees what was said before hundreds came in without a word at once, too', () => {
    const bench = come();
    const base = { room: 'dev', at: new Date(NOW).toISOString() };
    const comings = Array.from({ length: 50 }, (_, index): RoomEvent => {
      return { ...base, type: 'member.joined', seq: 101 + index, from: { id: `${index + 10}`, nick: `p${index}` } };
    });
    const said = Array.from({ length: 100 }, (_, index): RoomEvent => {
      const words = { text: `word ${index + 1}`, cid: `c${index}` };
      return { ...base, type: 'message', seq: 1 + index, from: { id: '2', nick: 'bob' }, ...words };
    });
    const room = { ...roomOf('dev', 0), lastSeq: 150, readSeq: 150 };
    bench.act({ type: 'room.opened', opened: { ...opened, room, events: comings, more: true }, fresh: true });
    const before = bench.frames;
    expect(bench.written).toContain('48 others joined');
    bench.act({ type: 'paged', room: 'dev', before: 101, events: said, more: false });
    expect(bench.frames).toBe(before + 1);
    expect(bench.written).toContain('word 100');
    bench.close();
  });

  it('means whom one sees where one clicks, whoever has come since that was painted', () => {
    const bench = come({ cols: 120, rows: 24 });
    const member = (id: string, nick: string) => ({ id, nick, guest: false, online: true });
    const members = [{ ...you, online: true }, member('5', 'mia'), member('6', 'zoe')];
    bench.act({ type: 'room.opened', opened: { ...opened, members }, fresh: true });
    bench.paint();
    const users = [member('7', 'bea')];
    bench.act({ type: 'hint', now: NOW, hint: { type: 'presence', room: 'dev', users } });
    // The heading, ada, mia.
    bench.type('\x1b[<0;115;3M');
    expect(bench.active).toBe('@ mia');
    bench.close();
  });

  it('is told what leads to the newest message, and what else End is for', async () => {
    const bench = come();
    const events = Array.from({ length: 60 }, (_, index) => ({
      type: 'message' as const,
      room: 'dev',
      seq: index + 1,
      at: new Date(NOW).toISOString(),
      from: { id: '2', nick: 'bob' },
      text: `m${index + 1}.`,
      cid: `c${index + 1}`,
    }));
    bench.act({ type: 'room.opened', opened: { ...opened, events }, fresh: true });
    await text(bench);
    bench.type('\x1b[5~');
    expect(await text(bench)).toContain('↓ End: newest');
    bench.type('draft');
    expect(await text(bench)).toContain('↓ Ctrl+End: newest');
    bench.type('\x1b[1;5F');
    const shown = await text(bench);
    expect(shown).not.toContain('newest');
    expect(shown).toContain('m60.');
    bench.close();
  });

  it('is told what went wrong on the smallest screen, too, for as long as elsewhere', async () => {
    const bench = come({ cols: 20, rows: 5 });
    bench.act({ type: 'room.opened', opened, fresh: true });
    expect(await text(bench)).toMatch(/ ● +ada/);
    bench.act({ type: 'line', text: '/nope', now: NOW });
    const said = await text(bench);
    expect(said).toContain('There is no comman…');
    expect(said).not.toMatch(/ ● +ada/);
    bench.act({ type: 'ticked', now: NOW + 60_000 });
    expect(await text(bench)).toMatch(/ ● +ada/);
    bench.close();
  });

  it('is told what leaving costs, also on a small screen', async () => {
    const bench = come({ cols: 40, rows: 12 });
    bench.act({ type: 'room.opened', opened, fresh: true });
    const escape: Action = { type: 'input', input: keyInput('escape'), now: NOW };
    bench.act(escape, escape);
    expect(await text(bench)).toMatch(/Leave Parley\?.*\n[│ ]+\n.*Enter leave · Esc stay/u);
    bench.act(escape);
    bench.type('not sent');
    bench.act(listOf(room('dev'), room('den', { kind: 'private' })), escape, escape);
    const costs =
      /Leave Parley\?.*\n.*What is not sent is lost\..*\n.*As a guest you lose your private.*\n.*rooms and conversations\./u;
    expect(await text(bench)).toMatch(costs);
    bench.close();
  });

  it('is told how to use a list, and that nothing in it matches', async () => {
    const bench = come();
    bench.act({ type: 'room.opened', opened, fresh: true }, { type: 'input', input: keyInput('f3'), now: NOW });
    expect(await text(bench)).toMatch(/─ \d · Enter opens · Esc closes ─/u);
    bench.type('nobody of this name');
    expect(await text(bench)).toMatch(/Nobody matches\.[^]*─ Esc closes ─/u);
    bench.close();
  });

  it('is told how to sign in until there is a nick', async () => {
    const bench = new ViewBench({ cols: 80, rows: 24 });
    bench.act({ type: 'started', now: NOW });
    expect(await text(bench)).toContain('←/→ another way in · Enter go on');
    bench.type('ada');
    expect(await text(bench)).toContain('Tab next · Enter go on · Ctrl+C leave');
    bench.close();
  });

  it('sees how far it is when that takes a while', async () => {
    const bench = come();
    expect(await text(bench)).toContain('Opening #dev');
    bench.close();
  });

  it('sees at once what went wrong', () => {
    const bench = new ViewBench({ cols: 120, rows: 40 }, 'auto', { nick: 'ada', room: 'dev' });
    bench.act({ type: 'started', now: NOW }, { type: 'welcome.failed', words: 'Nothing answers.' });
    bench.paint();
    expect(bench.written).toContain('Nothing answers.');
    bench.close();
  });
});
