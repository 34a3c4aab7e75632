/** Rows of styled text, and wrapping of styled text into rows. Sanitises: what comes out is safe to paint. */
import { type CellTables, packPlain, packText } from './cell-tables.ts';
import { sanitize } from './sanitize.ts';
import { Style } from './style.ts';
import { textWidth } from './width.ts';
import { wrapLine } from './wrap.ts';

/** ASCII, and the no-break space: all terminals know the width of these. */
const PLAIN = /^[\x20-\x7e\xa0]*$/;

/** A piece of text in one style. */
export interface Run {
  readonly text: string;
  readonly style: Style;
}

/** 0 stands for no row. */
let nextId = 1;

/** The bytes that draw a row on a blank line, from its first cell that isn't blank on: the same on every screen. */
export interface DrawnRow {
  readonly tables: CellTables;
  readonly generation: number;
  /** Whether the line ends where the screen does. */
  readonly toEnd: boolean;
  readonly width: number;
  /** The first cell's column, and the style that the pen has there; columns count from the row's first. */
  readonly from: number;
  readonly style: number;
  readonly bytes: string;
  /** Where they leave the cursor (-1: not known), and in which style. */
  readonly to: number;
  readonly lastStyle: number;
}

/** One row of a pane. Rows keep what was measured and packed of them: keep and reuse them, as a MessageList does. */
export class StyledRow {
  readonly runs: readonly Run[];
  /** Fills what the runs leave free of the row. */
  readonly fill: Style;
  /** A number that no other row of the process has. */
  readonly id = nextId++;
  /** Whether all terminals know the width of its characters, which are cells of their own. */
  readonly plain: boolean;
  /** Kept by the painter: what draws the row on one screen draws it on all that show it. */
  drawn: DrawnRow | undefined;
  #width = -1;
  #packed: { readonly tables: CellTables; readonly generation: number; readonly cells: Uint32Array } | undefined;

  /** Text that is not sanitised yet is made so, line breaks as spaces. */
  constructor(runs: readonly Run[], fill: Style = Style.plain) {
    this.runs = runs.map((run) => ({ text: sanitize(run.text), style: run.style }));
    this.fill = fill;
    this.plain = this.runs.every((part) => PLAIN.test(part.text));
  }

  /** Writes the row's runs into cells from `at` on, no further than `limit`; returns where they end. */
  pack(tables: CellTables, cells: Uint32Array, at: number, limit: number): number {
    // Plain text packs faster than it is looked up, and clusters that would be cut must be seen to be.
    if (this.plain) return packRuns(this.runs, packPlain, tables, cells, at, limit);
    const packed = this.#cells(tables, limit - at);
    if (packed === undefined) return packRuns(this.runs, packText, tables, cells, at, limit);
    cells.set(packed, at);
    return at + packed.length;
  }

  /** Writes the row and fills the rest of the line, up to `limit`, in its fill style. */
  packLine(tables: CellTables, cells: Uint32Array, at: number, limit: number): void {
    const end = this.pack(tables, cells, at, limit);
    if (end < limit) cells.fill(tables.space(tables.styleBits(this.fill)), end, limit);
  }

  /** The row's cells, unless they are more than `room`. */
  #cells(tables: CellTables, room: number): Uint32Array | undefined {
    if (this.#width > room) return undefined;
    const packed = this.#packed;
    if (packed?.tables === tables && packed.generation === tables.generation) return packed.cells;
    // Not measured before: looking for clusters takes most of the time, and once is enough. A row that is too wide shows by
    // what it has in the two places more.
    const places = new Uint32Array(this.#width < 0 ? room + 2 : this.#width);
    const width = packRuns(this.runs, packText, tables, places, 0, places.length);
    this.#width = width > room ? measure(this.runs) : width;
    if (width > room) return undefined;
    const cells = width < places.length ? places.slice(0, width) : places;
    // With a replacement for want of room it is this frame's alone.
    if (!tables.isShort) this.#packed = { tables, generation: tables.generation, cells };
    return cells;
  }

  get width(): number {
    if (this.#width < 0) this.#width = measure(this.runs);
    return this.#width;
  }

  get text(): string {
    return this.runs.map((run) => run.text).join('');
  }

  /** The number of the row that was made last. */
  static get newest(): number {
    return nextId - 1;
  }

  static readonly empty = new StyledRow([]);

  /** The row that is all fill; the same for the same style. */
  static filled(fill: Style): StyledRow {
    let row = filledRows.get(fill);
    if (row === undefined) {
      row = new StyledRow([], fill);
      filledRows.set(fill, row);
    }
    return row;
  }
}

const filledRows = new WeakMap<Style, StyledRow>([[Style.plain, StyledRow.empty]]);

/** Short for a run. */
export const run = (text: string, style: Style = Style.plain): Run => ({ text, style });

/** Short for a row: `row('plain')`, `row(run('ada', bold), run(' hi'))`. */
export const row = (...runs: readonly (Run | string)[]): StyledRow =>
  new StyledRow(runs.map((part) => (typeof part === 'string' ? run(part) : part)));

export interface WrapOptions {
  /** What stands before the first row, and before each further one (default: spaces as wide as the first). */
  first?: readonly Run[] | undefined;
  rest?: readonly Run[] | undefined;
  /** What stands before the first row of each further line, as wide as `rest`. Default: `rest`. */
  nextLine?: readonly Run[] | undefined;
  fill?: Style | undefined;
}

/** Wraps styled text, line breaks included, into rows of at most `width` columns. Always at least one row. */
export function wrapRuns(runs: readonly Run[], width: number, options: WrapOptions = {}): StyledRow[] {
  const first = options.first ?? [];
  const indent = first.reduce((total, part) => total + textWidth(sanitize(part.text)), 0);
  const rest = options.rest ?? (indent > 0 ? [run(' '.repeat(indent))] : []);
  const room = Math.max(1, width - indent);
  const rows: StyledRow[] = [];
  let before = first;
  for (const line of splitLines(runs)) {
    const text = line.map((part) => part.text).join('');
    for (const range of wrapLine(text, room)) {
      rows.push(new StyledRow([...before, ...sliceRuns(line, range.start, range.end)], options.fill));
      before = rest;
    }
    before = options.nextLine ?? rest;
  }
  return rows;
}

const measure = (runs: readonly Run[]): number => runs.reduce((total, part) => total + textWidth(part.text), 0);

function packRuns(
  runs: readonly Run[],
  pack: typeof packText,
  tables: CellTables,
  cells: Uint32Array,
  at: number,
  limit: number,
): number {
  let to = at;
  for (const part of runs) to = pack(tables, part.text, part.style, cells, to, limit);
  return to;
}

function splitLines(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  for (const part of runs) {
    const pieces = sanitize(part.text, { lines: true }).split('\n');
    pieces.forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== '') lines.at(-1)?.push({ text, style: part.style });
    });
  }
  return lines;
}

function sliceRuns(runs: readonly Run[], start: number, end: number): Run[] {
  const pieces: Run[] = [];
  let offset = 0;
  for (const part of runs) {
    const text = part.text.slice(Math.max(0, start - offset), Math.max(0, end - offset));
    if (text !== '') pieces.push({ text, style: part.style });
    offset += part.text.length;
  }
  return pieces;
}
