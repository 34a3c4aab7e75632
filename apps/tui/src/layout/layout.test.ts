import { fuzzRuns } from '@parley/testkit';
import { assert, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChatLayout, composerBox, layoutChat, PROMPT_COLS } from './chat-layout.ts';
import { centred, contains, type Rect } from './geometry.ts';
import { helpLines } from './popup-layout.ts';

const panes = (layout: ChatLayout): Rect[] =>
  [layout.rooms, layout.members, layout.header, layout.messages, layout.notice, layout.composer, layout.status].filter(
    (rect) => rect !== undefined,
  );

describe('the layout of the chat', () => {
  it('shows all three columns on a wide screen', () => {
    const layout = layoutChat({ cols: 120, rows: 40 }, 1);
    expect(layout.rooms?.width).toBe(26);
    expect(layout.members?.width).toBe(22);
    expect(layout.messages).toEqual({ x: 26, y: 1, width: 72, height: 36 });
  });

  it('folds the members below 70 columns and the rooms below 50', () => {
    expect(layoutChat({ cols: 70, rows: 24 }, 1).members).toBeDefined();
    expect(layoutChat({ cols: 69, rows: 24 }, 1).members).toBeUndefined();
    expect(layoutChat({ cols: 50, rows: 24 }, 1).rooms).toBeDefined();
    expect(layoutChat({ cols: 49, rows: 24 }, 1).rooms).toBeUndefined();
  });

  it('leaves eight rows of messages at 40×12', () => {
    expect(layoutChat({ cols: 40, rows: 12 }, 1).messages).toEqual({ x: 0, y: 1, width: 40, height: 8 });
  });

  it('lets the composer grow to a third of the screen', () => {
    expect(layoutChat({ cols: 80, rows: 24 }, 3).composer.height).toBe(3);
    expect(layoutChat({ cols: 80, rows: 24 }, 50).composer.height).toBe(8);
  });

  it('covers each cell of any screen exactly once', () => {
    const sizes = record({ cols: integer({ min: 1, max: 240 }), rows: integer({ min: 1, max: 80 }) });
    assert(
      property(sizes, integer({ min: 0, max: 100 }), (size, draftRows) => {
        const area = panes(layoutChat(size, draftRows)).reduce((sum, rect) => sum + rect.width * rect.height, 0);
        expect(area).toBe(size.cols * size.rows);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it('wraps the composer within its pane', () => {
    for (const cols of [20, 40, 59, 80, 200]) {
      expect(composerBox({ cols, rows: 24 }).cols + PROMPT_COLS).toBeLessThan(
        layoutChat({ cols, rows: 24 }, 1).composer.width,
      );
    }
  });
});

describe('a centred rectangle', () => {
  it('stays on the screen at any size', () => {
    const any = integer({ min: 1, max: 200 });
    assert(
      property(any, any, any, any, (cols, rows, width, height) => {
        const rect = centred({ cols, rows }, width, height);
        const screen = { x: 0, y: 0, width: cols, height: rows };
        expect(contains(screen, rect.x, rect.y)).toBe(true);
        expect(contains(screen, rect.x + rect.width - 1, rect.y + rect.height - 1)).toBe(true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe('the help', () => {
  const keys = (hosted: boolean): string[] =>
    helpLines(92, { hosted }).flatMap((line) => (line.kind === 'pair' && line.left !== '' ? [line.left] : []));

  it('lists what holds where it is shown', () => {
    expect(keys(false)).toEqual(expect.arrayContaining(['Ctrl+_', 'Ctrl+Z', 'Ctrl+W']));
    expect(keys(true)).toContain('Ctrl+Z, Ctrl+_');
    expect(keys(true)).not.toContain('Ctrl+Z');
    expect(keys(true)).not.toContain('Ctrl+W');
  });
});
