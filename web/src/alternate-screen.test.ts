import headless from '@xterm/headless';
import type { Terminal } from '@xterm/xterm';
import { describe, expect, it } from 'vitest';
import { AlternateScreen } from './alternate-screen.ts';

const COLS = 20;
const ENTER = '\x1b[?1049h';

const write = (terminal: headless.Terminal, bytes: string): Promise<void> =>
  new Promise((resolve) => terminal.write(bytes, resolve));
const rowNames = (rows: number): string[] => Array.from({ length: rows }, (_, row) => `row ${row}`);
/** A frame of a program: every row, and the cursor in the middle. */
const paint = (rows: number): string =>
  `${ENTER}${rowNames(rows)
    .map((name, row) => `\x1b[${row + 1};1H\x1b[K${name}`)
    .join('')}\x1b[5;1H`;

function open(rows: number): headless.Terminal {
  return new headless.Terminal({ cols: COLS, rows, scrollback: 0, allowProposedApi: true });
}
/** Of a terminal it takes what both have. */
const keepWhole = (terminal: headless.Terminal): AlternateScreen =>
  new AlternateScreen(terminal as unknown as Terminal);
/** A terminal's own record of what it shows: the page draws from the first of its rows on. */
const shown = ({ buffer: { active }, rows }: headless.Terminal): { rows: string[]; length: number; baseY: number } => ({
  rows: Array.from({ length: rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? ''),
  length: active.length,
  baseY: active.baseY,
});
const whole = (rows: number): unknown => ({ rows: rowNames(rows), length: rows, baseY: 0 });

describe('the alternate screen', () => {
  /** What a reconnect brings: a reset, a bar that takes a row, and a frame for the size of before that scrolls. */
  const scrollWhileShort = async (terminal: headless.Terminal, begin: (terminal: headless.Terminal) => void) => {
    begin(terminal);
    terminal.resize(COLS, 23);
    await write(terminal, `${paint(23)}\x1b[23;1H\n\x1b[5;1H`);
    expect(shown(terminal)).toMatchObject({ length: 23, baseY: 0 });
  };

  it.each([
    ['a reset', (terminal: headless.Terminal) => terminal.reset()],
    ['its beginning', () => {}],
  ])('is whole when the terminal grows after it was shortened since %s', async (_since, begin) => {
    const terminal = open(24);
    keepWhole(terminal);
    await scrollWhileShort(terminal, begin);
    terminal.resize(COLS, 24);
    await write(terminal, paint(24));
    expect(shown(terminal)).toEqual(whole(24));
  });

  it('is whole when it is entered again, by a program that left it at another size', async () => {
    const terminal = open(24);
    keepWhole(terminal);
    await write(terminal, `${paint(24)}\x1b[?1049l`);
    await scrollWhileShort(terminal, () => {});
    terminal.resize(COLS, 24);
    await write(terminal, paint(24));
    expect(shown(terminal)).toEqual(whole(24));
  });

  it.each([1, 3, 20])('is whole after a full repaint where %i rows had stayed above it', async (count) => {
    const terminal = open(24);
    terminal.resize(COLS, 24 - count);
    await write(terminal, `${paint(24 - count)}\x1b[${24 - count};1H${'\n'.repeat(count)}\x1b[1;1H`);
    terminal.resize(COLS, 24);
    await write(terminal, paint(24));
    expect(shown(terminal)).not.toEqual(whole(24));
    const screen = keepWhole(terminal);
    const mending: boolean[] = [];
    terminal.onResize(() => mending.push(screen.isMending));
    await write(terminal, paint(24));
    expect(shown(terminal)).toEqual(whole(24));
    expect(mending).toEqual([true, true]);
    expect(screen.isMending).toBe(false);
  });

  it('leaves one alone that is whole', async () => {
    const terminal = open(24);
    keepWhole(terminal);
    let resizes = 0;
    terminal.onResize(() => (resizes += 1));
    await write(terminal, paint(24) + paint(24));
    expect(shown(terminal)).toEqual(whole(24));
    expect(resizes).toBe(0);
  });
});
