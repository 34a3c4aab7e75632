/**
 * A small terminal that has what xterm.js lacks: left and right margins (DECLRMM, DECSLRM), after xterm's ctlseqs and DEC
 * STD 070. It knows what the painter may say and throws at anything else, so that nothing slips by. Its widths are the
 * package's own. That it is right about all but margins is checked against @xterm/headless in its test.
 */
import { codeOfSgr, type Look, lookText } from './sgr.ts';
import { clustersOf } from '../src/width.ts';

interface Cell {
  /** `''` is the right half of the wide cell before it. */
  readonly text: string;
  readonly wide: boolean;
  readonly look: string;
}

export class ReferenceTerminal {
  cols: number;
  rows: number;
  readonly #erasesInColor: boolean;
  #grid: Cell[][];
  #x = 0;
  #y = 0;
  #look: Look = {};
  #top = 0;
  #bottom: number;
  #left = 0;
  #right: number;
  #marginMode = false;
  #shown = true;

  constructor(cols: number, rows: number, erasesInColor = true) {
    this.cols = cols;
    this.rows = rows;
    this.#erasesInColor = erasesInColor;
    this.#bottom = rows - 1;
    this.#right = cols - 1;
    this.#grid = Array.from({ length: rows }, () => this.#blankRow());
  }

  resize(cols: number, rows: number): void {
    if (cols === this.cols && rows === this.rows) return;
    this.cols = cols;
    this.rows = rows;
    this.#grid = Array.from({ length: rows }, () => this.#blankRow());
    this.#x = Math.min(this.#x, cols - 1);
    this.#y = Math.min(this.#y, rows - 1);
    this.#top = 0;
    this.#left = 0;
    this.#bottom = rows - 1;
    this.#right = cols - 1;
  }

  cells(): string[] {
    return this.#grid.map((row) => {
      let text = '';
      let look = '';
      for (const cell of row) {
        if (cell.text !== '' && cell.look !== look) text += `{${(look = cell.look)}}`;
        text += cell.text === '' ? '‹' : cell.text;
      }
      return text;
    });
  }

  get cursor(): { x: number; y: number } | 'hidden' {
    return this.#shown ? { x: this.#x, y: this.#y } : 'hidden';
  }

  write(bytes: string): void {
    // oxlint-disable-next-line no-control-regex
    for (const match of bytes.matchAll(
      /\x1b\[([?>=<]?)([\d;]*)([ $]?)([@-~])|\x1b(\(B|[DM])|([\x00-\x1f])|([^\x00-\x1f]+)/g,
    )) {
      const [whole, marker = '', params = '', between = '', final, escape, control, text] = match;
      if (text !== undefined) this.#print(text);
      else if (control !== undefined) this.#control(control);
      else if (escape === 'D') this.#down();
      else if (escape === 'M') this.#up();
      else if (escape === undefined && final !== undefined) this.#sequence(marker, params, between, final, whole);
    }
  }

  #sequence(marker: string, params: string, between: string, final: string, whole: string): void {
    const [first, second] = params.split(';').map((part) => (part === '' ? undefined : Number(part)));
    if (between === '$' && final === 'p') return;
    if (between === ' ' && final === 'q') return;
    if (marker === '?' && (final === 'h' || final === 'l')) return this.#mode(first ?? 0, final === 'h');
    if (marker !== '') return;
    if (final === 'm') this.#look = codeOfSgr(this.#look, params);
    else if (final === 'H') this.#goTo((second ?? 1) - 1, (first ?? 1) - 1);
    else if (final === 'G') this.#goTo((first ?? 1) - 1, this.#y);
    else if (final === 'A') this.#goTo(this.#x, this.#y - (first ?? 1));
    else if (final === 'B') this.#goTo(this.#x, this.#y + (first ?? 1));
    else if (final === 'C') this.#x = Math.min(this.#x + (first ?? 1), this.#edge());
    else if (final === 'D') this.#x = Math.max(this.#x - (first ?? 1), this.#x >= this.#left ? this.#left : 0);
    else if (final === 'K') this.#erase(first === 1 ? 0 : this.#x, first === 1 ? this.#x + 1 : this.cols);
    else if (final === 'X') this.#erase(this.#x, Math.min(this.cols, this.#x + (first ?? 1)));
    else if (final === 'J' && first === 2) this.#grid = this.#grid.map(() => this.#blankRow());
    else if (final === 'r') this.#setRows((first ?? 1) - 1, (second ?? this.rows) - 1);
    else if (final === 's') this.#setColumns((first ?? 1) - 1, (second ?? this.cols) - 1);
    else if (!(final === 't')) throw new Error(`The reference terminal does not know ${JSON.stringify(whole)}.`);
  }

  #mode(mode: number, on: boolean): void {
    if (mode === 25) this.#shown = on;
    if (mode !== 69) return;
    this.#marginMode = on;
    this.#left = 0;
    this.#right = this.cols - 1;
  }

  #setRows(top: number, bottom: number): void {
    if (top >= bottom) return;
    this.#top = top;
    this.#bottom = Math.min(bottom, this.rows - 1);
    this.#goTo(0, 0);
  }

  #setColumns(left: number, right: number): void {
    // Without the mode it is another command: save the cursor.
    if (!this.#marginMode || left >= right) return;
    this.#left = left;
    this.#right = Math.min(right, this.cols - 1);
    this.#goTo(0, 0);
  }

  #goTo(x: number, y: number): void {
    this.#x = Math.max(0, Math.min(x, this.cols - 1));
    this.#y = Math.max(0, Math.min(y, this.rows - 1));
  }

  #control(control: string): void {
    if (control === '\r') this.#x = this.#x >= this.#left ? this.#left : 0;
    else if (control === '\b') this.#x = Math.max(0, this.#x - 1);
    else if (control === '\v' || control === '\n') this.#down();
    else if (control !== '\x0f' && control !== '\x07') throw new Error(`Control ${control.charCodeAt(0)}.`);
  }

  #down(): void {
    if (this.#y !== this.#bottom) this.#y = Math.min(this.#y + 1, this.rows - 1);
    else if (this.#x >= this.#left && this.#x <= this.#right) this.#scroll(this.#top, this.#bottom, 1);
  }

  #up(): void {
    if (this.#y !== this.#top) this.#y = Math.max(this.#y - 1, 0);
    else if (this.#x >= this.#left && this.#x <= this.#right) this.#scroll(this.#bottom, this.#top, -1);
  }

  /** Rows from `start` on take what stands a row further towards `end`, which comes free. */
  #scroll(start: number, end: number, step: number): void {
    for (let y = start; y !== end + step; y += step) {
      const row = this.#grid[y] ?? [];
      const from = y === end ? undefined : this.#grid[y + step];
      for (let x = this.#left; x <= this.#right; x++) row[x] = from?.[x] ?? this.#blank();
      this.#mend(row);
    }
  }

  #print(text: string): void {
    for (const { text: cluster, width } of clustersOf(text)) {
      const row = this.#grid[this.#y] ?? [];
      const edge = this.#edge();
      const look = lookText(this.#look, cluster === ' ');
      row[this.#x] = { text: cluster, wide: width === 2, look };
      if (width === 2 && this.#x < edge) row[this.#x + 1] = { text: '', wide: false, look };
      this.#mend(row);
      this.#x = Math.min(this.#x + width, edge);
    }
  }

  #erase(from: number, to: number): void {
    const row = this.#grid[this.#y] ?? [];
    row.fill(this.#blank(), from, to);
    this.#mend(row);
  }

  /** Half a wide character is none: it becomes a space. */
  #mend(row: Cell[]): void {
    row.forEach((cell, x) => {
      if (cell.wide && row[x + 1]?.text !== '') row[x] = { text: ' ', wide: false, look: blankOf(cell.look) };
      if (cell.text === '' && row[x - 1]?.wide !== true) row[x] = { text: ' ', wide: false, look: blankOf(cell.look) };
    });
  }

  #edge(): number {
    return this.#x <= this.#right ? this.#right : this.cols - 1;
  }

  #blank(): Cell {
    return { text: ' ', wide: false, look: `/${this.#erasesInColor ? (this.#look.bg ?? '') : ''}` };
  }

  #blankRow(): Cell[] {
    return Array.from({ length: this.cols }, () => ({ text: ' ', wide: false, look: '/' }));
  }
}

const blankOf = (look: string): string => look.slice(look.indexOf('/'));
