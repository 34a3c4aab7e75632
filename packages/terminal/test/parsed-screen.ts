/** What bytes look like on a terminal: @xterm/headless, cell by cell, with the width table of the page or the oldest one. */
import { createRequire } from 'node:module';
import headless from '@xterm/headless';
import type { IBufferCell, ITerminalAddon, Terminal } from '@xterm/headless';

const require = createRequire(import.meta.url);

/** `graphemes` is what the page has; `unicode-6` knows no clusters and few emoji, as old terminals do. */
export type WidthTable = 'graphemes' | 'unicode-6';

export class ParsedScreen {
  readonly #terminal: Terminal;
  #unparsed = Promise.resolve();

  constructor(cols: number, rows: number, widths: WidthTable = 'graphemes') {
    this.#terminal = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    if (widths === 'graphemes') this.#terminal.loadAddon(graphemes());
  }

  write(text: string): void {
    this.#unparsed = new Promise((resolve) => this.#terminal.write(text, resolve));
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
  }

  /** Everything is as it was before the first byte. */
  reset(): void {
    this.#terminal.reset();
  }

  /** Everything written is on the screen. */
  async parsed(): Promise<void> {
    await this.#unparsed;
  }

  /** The text of each row. */
  lines(): string[] {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, y) => buffer.getLine(y)?.translateToString(true) ?? '');
  }

  /** Each row as one string that tells all its cells: characters, width and look. */
  cells(): string[] {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, y) => {
      const line = buffer.getLine(y);
      let text = '';
      let look = '';
      for (let x = 0; x < this.#terminal.cols; x++) {
        const cell = line?.getCell(x);
        if (cell === undefined) continue;
        const next = lookOf(cell);
        if (next !== look) text += `{${next}}`;
        look = next;
        // An erased cell has no character; it looks like a space.
        text += cell.getWidth() === 0 ? '‹' : cell.getChars() || ' ';
      }
      return text;
    });
  }

  /** Where the cursor is, when it is seen. */
  get cursor(): { x: number; y: number } | 'hidden' {
    // The API doesn't tell; the core does.
    const core = (this.#terminal as unknown as { _core: { coreService: { isCursorHidden: boolean } } })._core;
    if (core.coreService.isCursorHidden) return 'hidden';
    return { x: this.#terminal.buffer.active.cursorX, y: this.#terminal.buffer.active.cursorY };
  }

  get modes(): Terminal['modes'] {
    return this.#terminal.modes;
  }

  /** `normal`, or `alternate` while a full-screen program has the terminal. */
  get buffer(): 'normal' | 'alternate' {
    return this.#terminal.buffer.active.type;
  }

  onTitle(listener: (title: string) => void): void {
    this.#terminal.onTitleChange(listener);
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

/** The addon hangs for ever when Buffer.from gives it a slice of Node's pool, so there must be none while it loads. */
function graphemes(): ITerminalAddon {
  const { poolSize } = Buffer;
  Buffer.poolSize = 0;
  try {
    const { UnicodeGraphemesAddon } = require('@xterm/addon-unicode-graphemes') as {
      UnicodeGraphemesAddon: new () => ITerminalAddon;
    };
    return new UnicodeGraphemesAddon();
  } finally {
    Buffer.poolSize = poolSize;
  }
}

function lookOf(cell: IBufferCell): string {
  const background = cell.isBgDefault() ? '' : `${cell.isBgRGB() ? '#' : 'p'}${cell.getBgColor().toString(16)}`;
  const lines = cell.isUnderline() !== 0 || cell.isInverse() !== 0 || cell.isStrikethrough() !== 0;
  // A blank shows neither weight nor colour of the character that it hasn't.
  if (cell.getChars().trim() === '' && cell.getWidth() !== 0 && !lines) return `/${background}`;
  const flags = [
    cell.isBold() && 'b',
    cell.isDim() && 'd',
    cell.isItalic() && 'i',
    cell.isUnderline() && 'u',
    cell.isInverse() && 'v',
    cell.isStrikethrough() && 's',
  ];
  const foreground = cell.isFgDefault() ? '' : `${cell.isFgRGB() ? '#' : 'p'}${cell.getFgColor().toString(16)}`;
  return `${flags.filter(Boolean).join('')}${foreground}/${background}`;
}
