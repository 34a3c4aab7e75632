import { afterEach, describe, expect, test, vi } from 'vitest';
import { CellTables } from './cell-tables.ts';
import { row } from './styled-row.ts';

const TEXT = 'क्षत्रिय'.repeat(10);

describe('packing a row', () => {
  afterEach(() => vi.restoreAllMocks());

  test('looks for its clusters once, and not at all again', () => {
    const tables = new CellTables();
    const cells = new Uint32Array(200);
    // What is new to the tables is looked at more closely.
    row(TEXT).pack(tables, cells, 0, 200);
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    const units = (): number => segment.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
    const packed = row(TEXT);
    const end = packed.pack(tables, cells, 0, 200);
    expect(units()).toBeLessThanOrEqual(TEXT.length);
    segment.mockClear();
    expect([packed.pack(tables, cells, 0, 200), packed.width]).toEqual([end, end]);
    expect(units()).toBe(0);
  });

  test.each(['ก', '日', 'e\u0301', 'a日'])(
    'of %j cuts it where there is no more room, whatever it was packed into before',
    (text) => {
      const tables = new CellTables();
      const whole = row(text.repeat(9));
      for (let room = whole.width + 3; room >= 0; room--) {
        const fresh = row(text.repeat(9));
        const [one, other] = [new Uint32Array(40), new Uint32Array(40)];
        expect(fresh.pack(tables, one, 2, 2 + room)).toBe(whole.pack(tables, other, 2, 2 + room));
        expect(one).toEqual(other);
        expect(fresh.width).toBe(whole.width);
      }
    },
  );
});
