import { beforeEach, describe, expect, test } from 'vitest';
import { BLANK, CellTables, packText } from './cell-tables.ts';
import { frame } from './frame-bytes.ts';
import { Painter } from './painter.ts';
import { Style } from './style.ts';
import { row, type StyledRow } from './styled-row.ts';

const COLS = 40;
const ROWS = 12;
/** Between a column of rooms and one of members. */
const region = { x0: 8, y0: 1, x1: 32, y1: 11 };
const HEIGHT = region.y1 - region.y0;

let tables: CellTables;
beforeEach(() => {
  tables = new CellTables();
});

/** A screen that shows rows of a pane between what stands at its sides. */
class Seen {
  readonly painter = new Painter(tables, COLS, ROWS);
  #was: Float64Array;

  constructor(rows: readonly StyledRow[], sides: (y: number) => string = () => '') {
    const cells = new Uint32Array(COLS * ROWS).fill(BLANK);
    for (let y = 0; y < ROWS; y++) {
      packText(tables, sides(y), Style.plain, cells, y * COLS, y * COLS + region.x0);
      packText(tables, sides(y), Style.plain, cells, y * COLS + region.x1, (y + 1) * COLS);
    }
    for (const [y, each] of rows.entries()) {
      const start = (region.y0 + y) * COLS;
      each.packLine(tables, cells, start + region.x0, start + region.x1);
    }
    frame.begin();
    this.painter.paint(cells);
    this.painter.moveCursor(2, ROWS - 1);
    this.#was = Float64Array.from(rows, ({ id }) => id);
  }

  /** The bytes that bring it to these rows, and whether its own cells were needed for them. */
  show(rows: readonly StyledRow[]): { bytes: string; isOwn: boolean } {
    const cells = new Uint32Array(COLS * ROWS).fill(BLANK);
    const is = Float64Array.from(rows, ({ id }) => id);
    frame.begin();
    this.painter.paintRows(cells, { region, rows, is, was: this.#was });
    this.painter.moveCursor(2, ROWS - 1);
    this.#was = is;
    return { bytes: frame.since(0), isOwn: cells.some((cell) => cell !== BLANK) };
  }
}

const lines = (from: number, say = (number: number) => `message ${number}`): StyledRow[] =>
  Array.from({ length: HEIGHT }, (_, y) => row(say(from + y)));

describe('a pane that goes the way of another one', () => {
  test('is drawn with its bytes, and goes on from there', () => {
    const [before, after, next] = [lines(0), lines(20), lines(40, (number) => `other words ${number}`)];
    const [ada, bob] = [new Seen(before), new Seen(before)];
    const first = ada.show(after);
    expect(first.isOwn).toBe(true);
    expect(bob.show(after)).toEqual({ bytes: first.bytes, isOwn: false });
    // What it shows is what its front grid says: the rest is told right.
    const [hers, his] = [ada.show(next), bob.show(next)];
    expect(hers.bytes).toContain('other words');
    expect(his).toEqual({ bytes: hers.bytes, isOwn: false });
  });

  test('is drawn for itself from or to rows that look the same and are others', () => {
    const [before, after] = [lines(0), lines(20)];
    new Seen(before).show(after);
    expect(new Seen(lines(0)).show(after).isOwn).toBe(true);
    expect(new Seen(before).show(lines(20)).isOwn).toBe(true);
  });

  test('is drawn for itself where rows are moved, and with them what is beside it', () => {
    const long = (number: number): string => `${number} ${'abcdefghij'.repeat(2)}`;
    const before = lines(0, long);
    const after = [...before.slice(1), row(long(HEIGHT))];
    const sides = (y: number): string => (y === 3 ? '#' : '');
    const moved = new Seen(before, sides).show(after);
    // oxlint-disable-next-line no-control-regex
    expect(moved.bytes).toMatch(/\x1b\[\d+;\d+r/);
    const alike = new Seen(before, sides);
    expect(alike.show(after).bytes).toBe(moved.bytes);
    const other = new Seen(before, (y) => (y === 5 ? '#' : ''));
    expect(other.show(after).bytes).not.toBe(moved.bytes);
  });

  test('with clusters at its edge, that a terminal may have drawn over what is beside it, is drawn for itself', () => {
    const before = lines(0);
    const after = lines(20, (number) => `${number} ${'x'.repeat(19)}👨‍👩‍👧‍👦`);
    new Seen(before, () => 'left').show(after);
    const own = new Seen(before, () => 'own').show(after);
    expect(own.bytes).not.toContain('left');
    expect(own.isOwn).toBe(true);
  });

  test('in other tables is drawn for itself', () => {
    const [before, after] = [lines(0), lines(20)];
    new Seen(before).show(after);
    tables = new CellTables();
    expect(new Seen(before).show(after).isOwn).toBe(true);
  });
});
