/** A terminal in a test: a program on a real PTY, its output parsed by xterm.js without a page. */
import headless from '@xterm/headless';
import type { IBufferCell, ITerminalAddon, Terminal } from '@xterm/headless';
import { type IPty, spawn } from 'node-pty';
import { pollFor } from './poll-for.ts';

export interface TestTerminalOptions {
  cols?: number;
  rows?: number;
  /** The whole environment besides TERM, COLORTERM and PATH. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** For the width table that the page uses. */
  addons?: readonly ITerminalAddon[];
}

/** One cell as a person sees it. Colours are `default`, `palette:n` or `#rrggbb`. */
export interface ScreenCell {
  readonly text: string;
  readonly width: number;
  readonly foreground: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  'shift-enter': '\x1b[13;2u',
  backspace: '\x7f',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  'page-up': '\x1b[5~',
  'page-down': '\x1b[6~',
  f1: '\x1bOP',
  'ctrl-left': '\x1b[1;5D',
  'ctrl-right': '\x1b[1;5C',
};

export class TestTerminal {
  readonly #terminal: Terminal;
  readonly #pty: IPty;
  #unparsed = 0;
  /** Everything the program wrote. */
  readonly output: Buffer[] = [];
  /** Settles when the program has ended and all that it wrote is on the screen. */
  readonly exited: Promise<{ exitCode: number; signal: number }>;
  #isOver = false;

  private constructor(program: string, args: readonly string[], options: TestTerminalOptions) {
    const { cols = 80, rows = 24, env = {}, cwd, addons = [] } = options;
    this.#terminal = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
    for (const addon of addons) this.#terminal.loadAddon(addon);
    this.#pty = spawn(program, [...args], {
      name: 'xterm-256color',
      cols,
      rows,
      env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', PATH: process.env.PATH, ...env },
      encoding: null,
      ...(cwd === undefined ? {} : { cwd }),
    });
    // With `encoding: null` the data are Buffers, which the typings do not know.
    this.#pty.onData((data: unknown) => this.#parse(data as Buffer));
    // Answers to what the program asks the terminal: cursor position, device attributes.
    this.#terminal.onData((data) => this.#write(data));
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal = 0 }) => {
        this.#isOver = true;
        this.#terminal.write('', () => resolve({ exitCode, signal }));
      });
    });
  }

  /** Starts a program in a terminal. */
  static spawn(program: string, args: readonly string[] = [], options: TestTerminalOptions = {}): TestTerminal {
    return new TestTerminal(program, args, options);
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Types text as a person does, Enter as `\r`. */
  type(text: string): void {
    this.#write(text);
  }

  /** Presses keys by name: `enter`, `page-up`, `ctrl-c`, `alt-b`, or a character. */
  press(...names: string[]): void {
    for (const name of names) this.#write(keySequence(name));
  }

  /** Pastes as a terminal with bracketed paste does. */
  paste(text: string): void {
    this.#write(this.#terminal.modes.bracketedPasteMode ? `\x1b[200~${text}\x1b[201~` : text);
  }

  /** What the screen shows, row by row, without trailing blanks. */
  screen(): string[] {
    const { baseY } = this.#terminal.buffer.active;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => this.#terminal.buffer.active.getLine(baseY + row)?.translateToString(true) ?? '',
    );
  }

  /** The cell at a column and row, both from 0. */
  cell(column: number, row: number): ScreenCell {
    const { active } = this.#terminal.buffer;
    const cell = active.getLine(active.baseY + row)?.getCell(column);
    if (cell === undefined) throw new RangeError(`There is no cell at ${column}, ${row}`);
    return {
      text: cell.getChars(),
      width: cell.getWidth(),
      foreground: colour(cell, 'Fg'),
      background: colour(cell, 'Bg'),
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      italic: cell.isItalic() !== 0,
      underline: cell.isUnderline() !== 0,
      inverse: cell.isInverse() !== 0,
    };
  }

  /** Where the cursor is, both from 0. */
  get cursor(): { column: number; row: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  get isAlternateScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** Modes the program has switched on, such as bracketed paste and mouse tracking. */
  get modes(): Terminal['modes'] {
    return this.#terminal.modes;
  }

  /** Waits until the screen contains the text or fulfils the predicate, and answers the screen. */
  waitFor(
    expected: string | RegExp | ((screen: string[]) => boolean),
    options: { timeoutMs?: number } = {},
  ): Promise<string[]> {
    const isMet = (screen: string[]): boolean => {
      if (this.#unparsed > 0) return false;
      if (typeof expected === 'function') return expected(screen);
      return screen.some((line) => (typeof expected === 'string' ? line.includes(expected) : expected.test(line)));
    };
    const what = typeof expected === 'string' ? JSON.stringify(expected) : expected.toString();
    return pollFor(() => this.screen(), isMet, { ...options, what: `${what} on the screen` });
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) process.kill(this.#pty.pid, signal);
  }

  /** Ends the program, when it has not ended by itself, and releases the PTY. */
  async close(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
    // Without it the PTY's descriptor stays open.
    this.hangUp();
    this.#terminal.dispose();
  }

  /** The window is closed, or its line cut: the program's terminal is gone. */
  hangUp(): void {
    // `destroy` is not typed.
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  #parse(data: Buffer): void {
    this.output.push(data);
    this.#unparsed += 1;
    this.#terminal.write(data, () => (this.#unparsed -= 1));
  }

  #write(data: string): void {
    if (!this.#isOver) this.#pty.write(data);
  }
}

function keySequence(name: string): string {
  const known = KEYS[name];
  if (known !== undefined) return known;
  const modified = /^(ctrl|alt)-(.)$/u.exec(name);
  const character = modified?.[2] ?? '';
  if (modified?.[1] === 'ctrl') return String.fromCharCode(character.toUpperCase().charCodeAt(0) & 0x1f);
  if (modified?.[1] === 'alt') return `\x1b${character}`;
  if ([...name].length === 1) return name;
  throw new RangeError(`There is no key called ${name}`);
}

function colour(cell: IBufferCell, ground: 'Fg' | 'Bg'): string {
  const value = ground === 'Fg' ? cell.getFgColor() : cell.getBgColor();
  if (ground === 'Fg' ? cell.isFgRGB() : cell.isBgRGB()) return `#${value.toString(16).padStart(6, '0')}`;
  return (ground === 'Fg' ? cell.isFgPalette() : cell.isBgPalette()) ? `palette:${value}` : 'default';
}
