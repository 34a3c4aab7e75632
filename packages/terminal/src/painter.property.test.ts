/**
 * On a parsed terminal, the screen after any sequence of changes equals a full repaint, cell by cell.
 */
import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeWorld, type Change, changes, Shown, World } from '../test/chat-world.ts';
import { ParsedScreen, type WidthTable } from '../test/parsed-screen.ts';
import { ReferenceTerminal } from '../test/reference-terminal.ts';
import { CellTables } from './cell-tables.ts';
import type { ScreenOptions } from './screen.ts';

/** Sequences of each test. */
const RUNS = fuzzRuns(100, 100);

interface SeenTerminal {
  write(bytes: string): void;
  resize(cols: number, rows: number): void;
  parsed(): Promise<void>;
  reset(): void;
  cells(): string[];
  readonly cursor: unknown;
  dispose(): void;
}

const xterm = (widths: WidthTable) => (world: World) => new ParsedScreen(world.cols, world.rows, widths);
const reference =
  (erasesInColor = true) =>
  (world: World): SeenTerminal => {
    let terminal = new ReferenceTerminal(world.cols, world.rows, erasesInColor);
    return {
      write: (bytes) => terminal.write(bytes),
      resize: (cols, rows) => terminal.resize(cols, rows),
      parsed: () => Promise.resolve(),
      reset: () => (terminal = new ReferenceTerminal(terminal.cols, terminal.rows, erasesInColor)),
      cells: () => terminal.cells(),
      get cursor() {
        return terminal.cursor;
      },
      dispose: () => {},
    };
  };

interface Case {
  readonly terminal: (world: World) => SeenTerminal;
  readonly tables?: () => CellTables;
  readonly options?: Partial<ScreenOptions>;
  /** What the terminal answers when it is asked what it can do. */
  readonly answer?: string;
}

/** The answer of a terminal with left and right margins, and synchronized output. */
const HAS_MARGINS = '\x1b[?69;2$y\x1b[?2026;2$y';

/** Frames in which rows were moved. */
const scrolls = { rows: 0, margins: 0 };

function count(bytes: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/\x1b\[\d+;\d+r/.test(bytes)) scrolls[/\x1b\[\d+;\d+s/.test(bytes) ? 'margins' : 'rows']++;
  return bytes;
}

async function expectEqualToRepaint(sequence: readonly Change[], at: Case): Promise<void> {
  const world = new World();
  const tables = at.tables?.() ?? new CellTables();
  const grown = new Shown(world, { tables, ...at.options });
  // Shows the same, and takes over what was made for the other.
  const twin = new Shown(world, { tables, ...at.options });
  const fresh = new Shown(world, { tables, ...at.options });
  const terminal = at.terminal(world);
  const twinTerminal = at.terminal(world);
  const expected = at.terminal(world);
  try {
    for (const shown of [grown, twin]) if (at.answer !== undefined) shown.input.type(at.answer);
    for (const change of [{ kind: 'cursor', on: true } as const, ...sequence, { kind: 'drain' } as const]) {
      changeWorld(world, change);
      if (change.kind === 'resize') {
        terminal.resize(world.cols, world.rows);
        twinTerminal.resize(world.cols, world.rows);
        expected.resize(world.cols, world.rows);
      }
      for (const shown of [grown, twin, fresh]) shown.apply(change);
      // Asked again by a repaint, they answer again.
      for (const shown of [grown, twin])
        if (change.kind === 'repaint' && at.answer !== undefined) shown.input.type(at.answer);
      terminal.write(count(grown.output.take()));
      twinTerminal.write(twin.output.take());
      fresh.output.take();
      fresh.output.drain();
      if (grown.screen.state !== 'painting') continue;
      fresh.screen.repaint();
      expected.reset();
      expected.write(fresh.output.take());
      for (const each of [terminal, twinTerminal, expected]) await each.parsed();
      for (const each of [terminal, twinTerminal]) {
        expect(each.cells()).toEqual(expected.cells());
        expect(each.cursor).toEqual(expected.cursor);
      }
    }
  } finally {
    for (const shown of [grown, twin, fresh]) shown.screen.leave();
    for (const each of [terminal, twinTerminal, expected]) each.dispose();
  }
}

/** Resolves when no sequence of changes was found that leaves anything but a full repaint would show. */
async function checkMany(at: Case, numRuns = RUNS): Promise<'equal'> {
  await fc.assert(
    fc.asyncProperty(changes, (sequence) => expectEqualToRepaint(sequence, at)),
    { numRuns },
  );
  return 'equal';
}

describe('the screen after any changes equals a full repaint, cell by cell', () => {
  test('on a terminal with the width table of the page', async () => {
    scrolls.rows = 0;
    expect(await checkMany({ terminal: xterm('graphemes') })).toBe('equal');
    expect(scrolls.rows).toBeGreaterThan(RUNS / 3);
  });

  test('on one that is known to have it, where the cursor is not addressed again after text', async () => {
    const options = { agreesOnWidths: true };
    expect(await checkMany({ terminal: xterm('graphemes'), options })).toBe('equal');
  });

  test('on a terminal that knows no clusters and few emoji', async () => {
    expect(await checkMany({ terminal: xterm('unicode-6') })).toBe('equal');
  });

  test('when the tables of clusters and styles are full every few frames', async () => {
    const tables = (): CellTables => new CellTables({ clusters: 4, styles: 4 });
    expect(await checkMany({ terminal: xterm('graphemes'), tables })).toBe('equal');
  });

  test('on a terminal with left and right margins', async () => {
    scrolls.margins = 0;
    expect(await checkMany({ terminal: reference(), answer: HAS_MARGINS }, RUNS * 2)).toBe('equal');
    expect(scrolls.margins).toBeGreaterThan(RUNS);
  });

  test('on one with margins, of a pane that is too narrow for them', async () => {
    const append = { kind: 'append', text: '', look: 0, count: 1 } as const;
    const sequence = [append, { kind: 'resize', cols: 19, rows: 5 }, { kind: 'repaint' }, append] as const;
    await expect(
      expectEqualToRepaint(sequence, { terminal: reference(), answer: HAS_MARGINS }),
    ).resolves.toBeUndefined();
  });

  test('on a terminal that does not erase in colour', async () => {
    const options = { erasesInColor: false };
    expect(await checkMany({ terminal: reference(false), options })).toBe('equal');
  });
});

/** Terminals differ in what a resize leaves until it is painted, and in the width of a few scripts. */
const isAgreedOn = (change: Change): boolean =>
  change.kind !== 'resize' &&
  change.kind !== 'stall' &&
  !('text' in change && /[\p{Script=Devanagari}\u0e33\u11a8\uff61-\uff9f\u{1fae0}-\u{1faff}]/u.test(change.text));

test('the reference terminal shows what xterm.js shows', async () => {
  await fc.assert(
    fc.asyncProperty(changes, async (sequence) => {
      const world = new World();
      const shown = new Shown(world, { tables: new CellTables() });
      const seen = new ParsedScreen(world.cols, world.rows);
      const reference = new ReferenceTerminal(world.cols, world.rows);
      try {
        for (const change of sequence.filter(isAgreedOn)) {
          changeWorld(world, change);
          shown.apply(change);
          const bytes = shown.output.take();
          seen.write(bytes);
          reference.write(bytes);
          await seen.parsed();
          expect(reference.cells()).toEqual(seen.cells());
          expect(reference.cursor).toEqual(seen.cursor);
        }
      } finally {
        shown.screen.leave();
        seen.dispose();
      }
    }),
    { numRuns: RUNS },
  );
});
