import { beforeEach, describe, expect, test } from 'vitest';
import { CellTables, packText } from './cell-tables.ts';
import { frame } from './frame-bytes.ts';
import { Painter } from './painter.ts';
import type { RowPainterOptions } from './row-painter.ts';
import { Style } from './style.ts';

const COLS = 20;
let tables = new CellTables();

beforeEach(() => {
  tables = new CellTables();
});

function cellsOf(lines: readonly string[], style = Style.plain, cols = COLS): Uint32Array {
  const cells = new Uint32Array(cols * lines.length).fill(tables.space(tables.styleBits(Style.plain)));
  for (const [y, line] of lines.entries()) packText(tables, line, style, cells, y * cols, (y + 1) * cols);
  return cells;
}

/** The bytes of the first frame of a screen. */
function firstFrame(cells: Uint32Array, options: RowPainterOptions = {}, cols = COLS): string {
  const painter = new Painter(tables, cols, cells.length / cols, options);
  frame.begin();
  painter.paint(cells);
  const bytes = frame.since(0);
  // The front grid is what was asked for: nothing is left to be written.
  frame.begin();
  painter.paint(cells);
  expect(frame.length).toBe(0);
  return bytes;
}

describe('a screen like the one before', () => {
  test('is drawn with the same bytes', () => {
    const cells = cellsOf(['general', 'ada: hello 世界', '', '> ']);
    const first = firstFrame(cells);
    expect(first).toContain('hello');
    expect(firstFrame(cells)).toBe(first);
  });

  test('but for one row gets its own, and nothing of that of the one before', () => {
    firstFrame(cellsOf(['general', 'ada: hello', '> my secret draft', 'below']));
    const own = firstFrame(cellsOf(['general', 'ada: hello', '> mine', 'below']));
    expect(own).toContain('mine');
    expect(own).not.toContain('secret');
    expect(own).toContain('below');
  });

  test('but for its tables, its width or its abilities is drawn for itself', () => {
    const lines = ['ada: hello', '', 'wide 世 and on'];
    const first = firstFrame(cellsOf(lines));
    expect(firstFrame(cellsOf(lines), { agreesOnWidths: true })).not.toBe(first);
    expect(firstFrame(cellsOf(lines, Style.plain, 30), {}, 30)).toContain('hello');
    tables = new CellTables();
    expect(firstFrame(cellsOf(lines))).toBe(first);
  });

  test('in other styles is drawn in them', () => {
    const plain = firstFrame(cellsOf(['ada: hello']));
    const bold = firstFrame(cellsOf(['ada: hello'], Style.plain.with({ bold: true })));
    expect(bold).not.toBe(plain);
    expect(bold).toContain('\x1b[1m');
  });
});

test('a row is drawn anew when the pen comes to it in another style', () => {
  const bold = Style.plain.with({ bold: true });
  const first = cellsOf(['same', 'same']);
  firstFrame(first);
  const second = cellsOf(['same', 'same']);
  packText(tables, 'bold', bold, second, 0, COLS);
  expect(firstFrame(second)).toMatch(/bold.*\x1b\[m.*same/su);
});
