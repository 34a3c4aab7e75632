/** Lines that are edited at a terminal, as they are seen there: its bytes alone would not tell. */
import { PassThrough, Writable } from 'node:stream';
import { pollFor } from '@parley/testkit';
import headless from '@xterm/headless';
import { afterEach, describe, expect, it } from 'vitest';
import { LineEditor } from './line-editor.ts';

const COLS = 20;

class Bench {
  readonly #terminal = new headless.Terminal({ cols: COLS, rows: 12, allowProposedApi: true, convertEol: true });
  readonly #input = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => this.modes.push(raw) });
  readonly lines: [string, boolean][] = [];
  readonly told: string[] = [];
  readonly modes: boolean[] = [];
  written = '';
  readonly editor: LineEditor;

  constructor() {
    const write = (bytes: Buffer, _encoding: string, done: () => void): void => {
      this.written += bytes.toString();
      this.#terminal.write(bytes, done);
    };
    const output = Object.assign(new Writable({ write }), { columns: COLS });
    const onSuspend = (): unknown => this.told.push('suspend');
    this.editor = new LineEditor(
      { input: this.#input, output, onSuspend },
      {
        onLine: (line, wasHidden) => this.lines.push([line, wasHidden]),
        onEnd: () => this.told.push('end'),
        onInterrupt: () => this.told.push('interrupt'),
      },
    );
  }

  async type(text: string, seen: string[]): Promise<void> {
    this.#input.write(text);
    await this.sees(seen);
  }
  async sees(rows: string[]): Promise<void> {
    await pollFor(() => this.#screen(), rows);
  }

  /** Rows as they are, the last empty ones left out. */
  #screen(): string[] {
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: 12 }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
  }

  get cursor(): { x: number; y: number } {
    const { cursorX: x, cursorY: y } = this.#terminal.buffer.active;
    return { x, y };
  }
}

const benches: Bench[] = [];
const open = (): Bench => {
  const bench = new Bench();
  benches.push(bench);
  return bench;
};
afterEach(() => {
  for (const bench of benches.splice(0)) bench.editor.close();
});

describe('what comes in while a line is typed', () => {
  it('stands above it, and the line stays whole', async () => {
    const bench = open();
    await bench.type('half a li', ['half a li']);
    bench.editor.print('bob: hello\n  two\n');
    await bench.sees(['bob: hello', '  two', 'half a li']);
    await bench.type('ne\r', ['bob: hello', '  two', 'half a line']);
    expect(bench.lines).toEqual([['half a line', false]]);
  });

  it('does so above a line of several rows, with the cursor where it was', async () => {
    const bench = open();
    const rows = ['0123456789 ', '123456789 abcdefghi', '日本'];
    await bench.type(rows.join(''), rows);
    bench.editor.print('bob: one\n');
    await bench.sees(['bob: one', ...rows]);
    await bench.type('\x01\x06X', ['bob: one', '0X123456789 ', ...rows.slice(1)]);
    bench.editor.print('bob: two\n');
    await bench.sees(['bob: one', 'bob: two', '0X123456789 ', ...rows.slice(1)]);
    expect(bench.cursor).toEqual({ x: 2, y: 2 });
    await bench.type('\r', ['bob: one', 'bob: two', '0X123456789 ', ...rows.slice(1)]);
    bench.editor.print('bob: three\n');
    await bench.sees(['bob: one', 'bob: two', '0X123456789 ', ...rows.slice(1), 'bob: three']);
    expect(bench.lines).toEqual([[`0X${rows.join('').slice(1)}`, false]]);
  });

  it('is only written where nothing is typed, and what is typed on is, too', async () => {
    const bench = open();
    bench.editor.print('bob: one\n');
    await bench.type('on', ['bob: one', 'on']);
    await bench.type('e', ['bob: one', 'one']);
    expect(bench.written).toBe('bob: one\none');
    await bench.type('\x15', ['bob: one']);
    bench.editor.print('bob: two\n');
    await bench.sees(['bob: one', 'bob: two']);
    expect(bench.written.endsWith('bob: two\n')).toBe(true);
    expect(bench.cursor).toEqual({ x: 0, y: 2 });
  });
});

describe('a line', () => {
  it('is recalled by Up, unless it may hold a password', async () => {
    const bench = open();
    await bench.type('one\r/join den secret\rtwo\r', ['one', '/join den secret', 'two']);
    const before = ['one', '/join den secret', 'two'];
    await bench.type('\x1b[A', [...before, 'two']);
    await bench.type('\x1b[A', [...before, 'one']);
    await bench.type('!\r', [...before, 'one!']);
    expect(bench.lines.at(-1)).toEqual(['one!', false]);
  });

  it('that is hidden is neither shown nor recalled', async () => {
    const bench = open();
    await bench.type('one\r', ['one']);
    bench.editor.hidden = true;
    await bench.type('secret', ['one']);
    bench.editor.print('meanwhile\n');
    await bench.type('\r', ['one', 'meanwhile']);
    await pollFor(() => bench.lines.at(-1), ['secret', true]);
    bench.editor.hidden = false;
    await bench.type('\x1b[A', ['one', 'meanwhile', 'one']);
  });

  it('is left behind at the shell, and shown again after', async () => {
    const bench = open();
    await bench.type('half a li', ['half a li']);
    await bench.type('\x1a', ['half a li']);
    await pollFor(() => bench.told, ['suspend']);
    bench.editor.suspend();
    bench.editor.redraw();
    await bench.type('ne', ['half a li', 'half a line']);
  });

  it('is edited with the composer’s keys; nothing that could act on the terminal gets into it', async () => {
    const bench = open();
    await bench.type('one two\x1bb\x0b\x19\x19', ['one twotwo']);
    await bench.type('\x1f\x1f', ['one ']);
    await bench.type('\x05\x9b2J\t\x1b/x', ['one 2J/x']);
    await bench.type('\r', ['one 2J/x']);
    expect(bench.lines).toEqual([['one 2J/x', false]]);
  });
});

it('tells of Ctrl+C, and once of the end; then the terminal is as it was, and only written to', async () => {
  const bench = open();
  await bench.type('x\x03', ['x']);
  await bench.type('\x7f\x04', []);
  await pollFor(() => bench.told, ['interrupt', 'end']);
  bench.editor.close();
  bench.editor.print('bye\n');
  await bench.sees(['bye']);
  expect([bench.told, bench.modes]).toEqual([
    ['interrupt', 'end'],
    [true, false],
  ]);
});
