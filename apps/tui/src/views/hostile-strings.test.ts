/**
 * Whatever the fields hold that users fill in (nicks, names of rooms, titles, topics, texts, what one types oneself): on a
 * parsed terminal nothing of it acts, and no border moves. The server refuses some of these names; others may not.
 */
import { DEFAULT_LIMITS, type RoomEvent } from '@parley/protocol';
import { fuzzRuns } from '@parley/testkit';
import { keyInput } from '@parley/terminal';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listOf, NOW, you } from '../../test/acting-client.ts';
import { roomOf, ViewBench } from '../../test/view-bench.ts';
import type { Action } from '../state/actions.ts';

const SIZE = { cols: 90, rows: 24 };
const EDGES = '│┌┐└┘';

const codes = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
/** Every control character there is: C0, DEL and C1. */
const CONTROLS = [...codes(0, 0x1f), ...codes(0x7f, 0x9f)].map((code): readonly [string, string] => [
  `U+${code.toString(16).padStart(4, '0')}`,
  String.fromCharCode(code),
]);
const SEQUENCES: readonly (readonly [string, string])[] = [
  ['a title', '\x1b]2;owned\x07'],
  ['a title that ends with ST', '\x1b]0;owned\x1b\\'],
  ['a title in C1', '\u009d2;owned\u009c'],
  ['a clipboard', '\x1b]52;c;b3duZWQ=\x07'],
  ['a link', '\x1b]8;;http://owned.test\x07owned\x1b]8;;\x07'],
  ['a notification', '\x1b]777;notify;owned;owned\x07'],
  ['colours', '\x1b[31;41m\x1b[8m'],
  ['a cleared screen', '\x1b[2J\x1b[H\u009b2J'],
  ['a reset', '\x1bc\x1b[!p'],
  ['another screen', '\x1b[?1049l\x1b[?25h\x1b[?7h'],
  ['a scroll region', '\x1b[3;5r\x1b[?69h\x1b[3;5s\x1b[9S'],
  ['moves of the cursor', '\x1b[999C\x1b[9A\b\b\b\r\n\v\f'],
  ['questions', '\x1b[c\x1b[6n\x1b[>q\x05\x1b[?1$p'],
  ['modes', '\x1b[?1003h\x1b[?2004l\x1b[4h\x1b[20h'],
  ['a device string', '\x1bP$qm\x1b\\\u0090$qm\u009c'],
  ['APC, PM and SOS', '\x1b_Gowned\x1b\\\x1b^owned\x1b\\\x1bXowned\x1b\\'],
  ['a sequence without end', '\x1b]2;owned'],
  ['character sets', '\x0e\x1b(0qqq\x0f'],
  ['a tag of blessed', '{red-fg}{/}{center}{|}{escape}'],
  ['tags', '\u{e0068}\u{e0069}\u{e007f}'],
  ['bidi overrides', '\u202e\u202d\u2066\u2067\u2068\u2069\u200f\u061c'],
  ['text from right to left', 'שלום مرحبا'],
  ['zero widths', '\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e'],
  ['fillers', '\u115f\u1160\u3164\uffa0\u2800'],
  ['line breaks', '\r\n\u0085\u2028\u2029'],
  ['tabs', '\t\t\t'],
  ['marks without end', `a${'\u0301\u0323\u20dd'.repeat(200)}`],
  ['marks alone', '\u0301\u20e3\ufe0f\u093e'],
  ['joiners without end', '👨\u200d'.repeat(100)],
  ['emoji', '👍🏽👨‍👩‍👧‍👦❤️☕1️⃣🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿🫩🧑🏻‍❤️‍💋‍🧑🏼'],
  ['half emoji', '🇩\u{1f3fd}\u200d🏴'],
  ['CJK', '日本語テキスト한국어ﾊﾟ㍿'],
  ['jamo', '\u1100\u1100\u1161\u11a8\u1161\ud7b0'],
  ['marks that some terminals give a column', '\u0301\u20e3\ufe0f\u093e\u0bc1 \u0bc1\u0bc1\u0bc1\u093e'],
  ['scripts that join', 'नमस्ते क्ष ကြော် ᄀᆞ ﷽ 𒐫 ༼ꙮ'],
  ['lone surrogates', '\ud83d\udc00\udfff'],
  ['lines of boxes', '─═━'],
  ['a very long word', 'w'.repeat(500)],
];

interface Scene {
  readonly name: string;
  readonly last: readonly Action[];
}
const press = (chord: string): Action => ({ type: 'input', input: keyInput(chord), now: NOW });
/** The chat, and what may lie over it. */
const scenes = (hostile: string): readonly Scene[] => [
  { name: 'the chat', last: [] },
  { name: 'the rooms to go to', last: [press('f2')] },
  {
    name: 'a list of members',
    last: [
      press('f3'),
      {
        type: 'listed',
        of: 'members',
        rows: [{ label: hostile, detail: hostile, faint: false, opens: { nick: hostile } }],
        total: 1,
      },
    ],
  },
  { name: 'words', last: [{ type: 'noted', tone: 'bad', words: hostile, keep: true, now: NOW }] },
];

/** Puts a string into every field there is, and answers what the terminal shows and did. */
async function show(hostile: string, scene: number) {
  const bench = new ViewBench(SIZE);
  try {
    const own = { ...you, nick: hostile };
    const bob = { id: '2', nick: hostile };
    const room = { ...roomOf(hostile, 3), topic: hostile, title: `title ${hostile}` };
    const log = { room: hostile, at: new Date(NOW).toISOString(), from: bob };
    const events: RoomEvent[] = [
      { ...log, seq: 1, type: 'member.joined' },
      { ...log, seq: 2, type: 'topic.changed', topic: hostile },
      { ...log, seq: 3, type: 'message', text: hostile, cid: 'a' },
      { ...log, seq: 4, type: 'message', text: `${hostile} and ${hostile}`, cid: 'b', replyTo: 3 },
      { ...log, seq: 5, type: 'message', text: 'before', cid: 'c', reactions: { [hostile]: ['2'] } },
    ];
    const members = [
      { ...own, online: true },
      { ...bob, guest: true, online: true },
    ];
    bench.act(
      { type: 'started', now: NOW },
      { type: 'connection', connection: { name: 'online', you: own, limits: DEFAULT_LIMITS }, now: NOW },
      listOf(room, { ...roomOf('@7', 1), kind: 'direct' as const, with: bob }),
      { type: 'room.opened', opened: { room, members, total: 2, events, more: false }, fresh: true },
      { type: 'room.show', room: hostile, place: undefined },
    );
    bench.paint();
    bench.act(
      { type: 'events', events: [{ ...log, seq: 6, type: 'message.edited', target: 5, text: hostile }], now: NOW },
      { type: 'hint', hint: { type: 'typing', room: hostile, user: bob }, now: NOW },
      { type: 'hint', hint: { type: 'notice', text: hostile }, now: NOW },
      { type: 'pending', room: hostile, pending: [{ cid: 'p', text: hostile, state: 'failed', words: hostile }] },
      { type: 'input', input: { type: 'paste', text: hostile, truncated: false }, now: NOW },
      ...(scenes(hostile)[scene]?.last ?? []),
    );
    const cells = await bench.cells();
    const edges = cells.flatMap((row, y) =>
      row.flatMap((text, x) => (text !== '' && EDGES.includes(text) ? [`${text} at ${x}, ${y}`] : [])),
    );
    const screen = cells.map((row) => row.join('')).join('\n');
    return { screen, edges, written: bench.written, deeds: bench.deeds, modes: bench.modes };
  } finally {
    bench.close();
  }
}

type Shown = Awaited<ReturnType<typeof show>>;
const isTitle = (deed: string): boolean => deed.startsWith('title ');

/** The title of the window is for words; nothing else was done that a harmless text does not do. */
function expectNoDeeds(shown: Shown, harmless: Shown): void {
  expect(shown.deeds.filter((deed) => !isTitle(deed))).toEqual(harmless.deeds.filter((deed) => !isTitle(deed)));
  for (const title of shown.deeds.filter(isTitle)) {
    expect(title).toMatch(/^title (\(\d+\) )?[#@].*( · Parley|…)$/u);
    expect(title).not.toMatch(/[\p{Control}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u);
  }
  expect(shown.modes).toEqual(harmless.modes);
  // What the screen says by itself apart, there is no control character.
  // oxlint-disable-next-line no-control-regex
  const text = shown.written.replaceAll(
    /^[^\x0f]*\x0f\x1b\(B|\x1b[DM]|\x1b\[[0-9;?<>=$!]*[ ]?[@-~]|\x1b\](?:2;[^\x07\x1b]*|11;\?)\x07|[\r\v\b]/gu,
    '',
  );
  expect(text).not.toMatch(/\p{Control}/u);
}

const harmless = await Promise.all(scenes('').map((_, scene) => show('harmless', scene)));

describe.each(scenes('').map(({ name }, scene) => [name, scene] as const))('in %s', (_name, scene) => {
  const plain = harmless[scene] ?? expect.fail('There is no such scene');

  it('there are borders to be moved', () => {
    expect(plain.edges.length).toBeGreaterThanOrEqual(2 * (SIZE.rows - 1));
    expect(plain.screen.split('harmless').length).toBeGreaterThan(7);
  });

  it.each([...CONTROLS, ...SEQUENCES])('%s neither acts nor moves a border', async (_what, hostile) => {
    for (const text of [hostile, `x${hostile}y`]) {
      const shown = await show(text, scene);
      expect(shown.edges).toEqual(plain.edges);
      expectNoDeeds(shown, plain);
    }
  });

  it('no mixture of them acts or moves a border', async () => {
    const parts = [...CONTROLS, ...SEQUENCES].map(([, hostile]) => hostile);
    // A border that somebody writes is a border at another place, and none that has moved.
    const any = fc.string({ unit: 'binary' }).map((text) => text.replace(/[│┌┐└┘]/gu, '─'));
    const mixed = fc.array(fc.oneof(fc.constantFrom(...parts), any), {
      minLength: 1,
      maxLength: 6,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(mixed, async (pieces) => {
        const shown = await show(pieces.join(''), scene);
        expect(shown.edges).toEqual(plain.edges);
        expectNoDeeds(shown, plain);
      }),
      { numRuns: fuzzRuns(50, 100) },
    );
  });
});
