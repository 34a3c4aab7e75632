/** What the property tests paint: a small chat with panes, popups, a theme and an output that may be full. */
import { FakeClock } from '@parley/testkit';
import Box from 'blessed/lib/widgets/box.js';
import * as fc from 'fast-check';
import { MessageList, openScreen, Pane, run, Style, style, StyledRow, wrapRuns } from '../src/index.ts';
import type { ScreenOptions } from '../src/screen.ts';
import { FakeInput, FakeOutput } from './fake-terminal.ts';

const PIECES = [
  'hello ',
  'a longer piece of plain text that wraps ',
  '日本語のテキスト',
  '한국어 ',
  '👍🏽',
  '👨‍👩‍👧‍👦',
  '❤️',
  '☕',
  '🇩🇪🇫🇷',
  'é',
  'ẓ̌̈a',
  'नमस्ते',
  'क्षत्रिय',
  'ก้ำ',
  'ำ',
  'ﾟ',
  '가',
  'ᆨ',
  '\n',
  '   ',
  '│box─┐',
  '\u001b[2Jnot an escape\u009b2J',
  '‮bidi‬',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '1️⃣',
  'ﾊﾟ',
  '🫩',
];

interface Theme {
  readonly background: Style;
  readonly side: Style;
  readonly looks: readonly Style[];
}

const themeOn = (background: Style, side: Style): Theme => ({
  background,
  side,
  looks: [
    background,
    background.with({ fg: '#ff8800' }),
    background.with({ bg: '#003366', bold: true }),
    background.with({ underline: true, italic: true }),
    background.with({ inverse: true, strike: true, dim: true }),
    background.with({ fg: 12, bg: 3 }),
  ],
});
const THEMES = [
  themeOn(Style.plain, Style.plain),
  themeOn(style({ fg: '#d5d9e0', bg: '#14161b' }), style({ fg: '#a0a8b7', bg: '#1a1d24' })),
  themeOn(style({ fg: 0, bg: 7 }), style({ fg: 0, bg: 15, bold: true })),
] as const;

interface Message {
  readonly id: number;
  readonly text: string;
  readonly look: number;
}

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 8, size: 'max' }).map((parts) => parts.join(''));
const look = fc.nat(5);
const change = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('append' as const), text, look, count: fc.constantFrom(1, 1, 1, 2, 5) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), back: fc.nat(8), text, look }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), back: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('older' as const), text, look }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compose' as const), text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('type' as const), text }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('scroll' as const), rows: fc.integer({ min: -9, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('popup' as const), which: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('members' as const), count: fc.nat(16) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cursor' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('theme' as const), which: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      cols: fc.integer({ min: 1, max: 72 }),
      rows: fc.integer({ min: 1, max: 18 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repaint' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('detach' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const) }) },
);
export const changes = fc.array(change, { maxLength: 16, size: 'max' });
export type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** What all screens show. */
export class World {
  cols = 64;
  rows = 16;
  draft = '';
  cursorOn = true;
  popups = [false, false];
  members = 2;
  theme: Theme = THEMES[0];
  #next = 0;
  #first = -1;
  readonly list = new MessageList<Message>({
    keyOf: (message) => message.id,
    render: (message, width) => {
      const shown = this.theme.looks[message.look] ?? Style.plain;
      const first = [run(`${message.id}> `, this.theme.background)];
      return wrapRuns([run(message.text, shown)], width, { first, fill: shown });
    },
  });

  constructor() {
    for (let at = 0; at < 20; at++) {
      this.append({
        text: `message ${(at * 7919) % 1000} of what was there ${'before '.repeat(at % 5)}`,
        look: at % 6,
      });
    }
  }

  append(message: Omit<Message, 'id'>): void {
    this.list.append([{ id: this.#next++, ...message }]);
  }
  prepend(message: Omit<Message, 'id'>): void {
    this.list.prepend([{ id: this.#first--, ...message }], 'none');
  }
  edit(back: number, message: Omit<Message, 'id'>): void {
    if (this.#next > back) this.list.update({ id: this.#next - 1 - back, ...message });
  }
  remove(back: number): void {
    this.list.remove(this.#next - 1 - back);
  }
}

export function changeWorld(world: World, change: Change): void {
  if (change.kind === 'append') for (let count = 0; count < change.count; count++) world.append(change);
  if (change.kind === 'edit') world.edit(change.back, change);
  if (change.kind === 'remove') world.remove(change.back);
  if (change.kind === 'older') world.prepend(change);
  if (change.kind === 'scroll') world.list.scroll(change.rows);
  if (change.kind === 'compose' || change.kind === 'type') world.draft = change.text;
  if (change.kind === 'cursor') world.cursorOn = change.on;
  if (change.kind === 'popup') world.popups[change.which] = !world.popups[change.which];
  if (change.kind === 'members') world.members = change.count;
  if (change.kind === 'resize') Object.assign(world, { cols: change.cols, rows: change.rows });
  if (change.kind === 'theme') {
    world.theme = THEMES[change.which] ?? THEMES[0];
    world.list.invalidate();
  }
}

/** A screen that shows a world: rooms | messages | members over a composer; two popups, a pane and a box of blessed's. */
export class Shown {
  readonly input = new FakeInput();
  readonly output = new FakeOutput();
  readonly #world: World;
  readonly screen;
  readonly panes;
  readonly #popups;

  constructor(world: World, options: Partial<ScreenOptions>) {
    this.#world = world;
    const { input, output } = this;
    const onInput = (): void => this.panes.composer.refresh();
    this.screen = openScreen({ input, output, size: world, clock: new FakeClock(), onInput, ...options });
    const parent = this.screen.root;
    const rooms = new Pane({
      parent,
      left: 0,
      top: 0,
      width: 6,
      bottom: 2,
      paint: (canvas) => {
        const { side } = world.theme;
        for (let y = 0; y < canvas.height; y++) {
          const name = y < world.members ? `#r${y}` : '';
          canvas.row(y, new StyledRow([run(name.padEnd(canvas.width - 1), side), run('│', side)], side));
        }
      },
    });
    const messages = new Pane({
      parent,
      left: 6,
      top: 0,
      right: 12,
      bottom: 2,
      paint: (canvas) => {
        canvas.fill(world.theme.background);
        world.list.resize(canvas.width, canvas.height);
        const rows = world.list.view();
        rows.forEach((shown, y) => canvas.row(canvas.height - rows.length + y, shown.row));
      },
    });
    const members = new Pane({
      parent,
      width: 12,
      top: 0,
      right: 0,
      bottom: 2,
      paint: (canvas) => {
        const { side } = world.theme;
        canvas.fill(side);
        canvas.frame(side.with({ fg: '#888888' }), 'members 日本');
        for (let y = 1; y < Math.min(canvas.height - 1, world.members); y++) canvas.write(1, y, `👤 user ${y}`, side);
      },
    });
    const composer = new Pane({
      parent,
      left: 0,
      bottom: 0,
      width: '100%',
      height: 2,
      paint: (canvas) => {
        // Looks like a message, so that nobody takes the one for the other.
        const words = `      20> message 461 of what was there ── ${world.list.newBelow} new ──`;
        canvas.row(0, new StyledRow([run(words, world.theme.background)], world.theme.background));
        const end = canvas.write(0, 1, world.draft);
        if (world.cursorOn) canvas.setCursor(end, 1);
      },
    });
    const paned = new Pane({
      parent,
      left: 'center',
      top: 'center',
      width: '50%',
      height: 5,
      hidden: true,
      paint: (canvas) => {
        canvas.fill(style({ bg: '#222222' }));
        canvas.frame(style({ fg: '#ffffff', bg: '#222222' }), 'popup');
        canvas.write(1, 1, world.draft, style({ bg: '#222222' }), canvas.width - 2);
      },
    });
    const boxed = new Box({
      parent,
      left: 3,
      top: 2,
      width: 14,
      height: 4,
      hidden: true,
      border: 'line',
      content: 'box 日本 {bold}x',
      style: { fg: '#00ff00', border: { fg: 'red' } },
    });
    this.panes = { rooms, messages, members, composer, popup: paned };
    this.#popups = [paned, boxed];
    this.screen.render();
  }

  apply(change: Change): void {
    const { panes, screen, output } = this;
    switch (change.kind) {
      case 'append':
      case 'edit':
      case 'remove':
      case 'older':
      case 'scroll':
        panes.messages.refresh();
        panes.composer.refresh();
        break;
      case 'compose':
        if (this.#world.popups[0] === true) panes.popup.refresh();
        panes.composer.refresh();
        break;
      case 'type':
        // The keys come while the popup's copy of the draft is out of date, too.
        if (this.#world.popups[0] === true) panes.popup.refresh();
        this.input.type('x');
        break;
      case 'members':
        panes.rooms.refresh();
        panes.members.refresh();
        break;
      case 'cursor':
        panes.composer.refresh();
        break;
      case 'theme':
        for (const pane of Object.values(panes)) pane.refresh();
        break;
      case 'popup':
        this.#popups.forEach((popup, at) => (this.#world.popups[at] ? popup.show() : popup.hide()));
        screen.render();
        break;
      case 'resize':
        screen.resize(this.#world);
        break;
      case 'repaint':
        screen.repaint();
        break;
      case 'detach':
        screen.detach();
        screen.repaint();
        break;
      case 'stall':
        output.full = true;
        break;
      case 'drain':
        output.drain();
        break;
    }
    screen.flush();
  }
}
