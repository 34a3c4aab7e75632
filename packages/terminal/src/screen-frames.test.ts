/** What a frame carries: what has changed of its own screen, as few bytes as that takes, and nothing that could do harm. */
import Box from 'blessed/lib/widgets/box.js';
import { describe, expect, test } from 'vitest';
import { boxOn, openTest, parse, textPane } from '../test/open-test-screen.ts';
import { CellTables } from './cell-tables.ts';
import { type Canvas, Pane, style } from './index.ts';
import { row } from './styled-row.ts';

describe('frames', () => {
  test('hold nothing of another screen, whoever paints in the middle of it', () => {
    const other = openTest();
    let words = 0;
    const secret = textPane(other.screen, () => String.fromCodePoint(0x41 + (words++ % 26)).repeat(8));
    other.screen.render();
    other.clock.advance(2000);
    const { screen, output, clock } = openTest();
    let count = 0;
    const pane = textPane(screen, () => {
      secret.refresh();
      other.screen.flush();
      return `n ${count}`;
    });
    screen.render();
    clock.advance(2000);
    other.screen.repaint();
    count++;
    other.output.take();
    pane.refresh();
    clock.advance(100);
    const painted = output.take();
    expect(painted).toContain('1');
    expect(painted).not.toMatch(/[A-Z]{4}/);
  });

  test('write only what has changed', () => {
    const { screen, output } = openTest();
    let text = 'hello world';
    const pane = textPane(screen, () => text);
    screen.render();
    screen.flush();
    output.take();
    text = 'hello_world';
    pane.refresh();
    screen.flush();
    expect(output.take()).toBe('\x1b[6D_');
    pane.refresh();
    screen.render();
    screen.flush();
    expect(output.take()).toBe('');
  });

  test('move as many rows as is shortest, also when it was not so before', () => {
    const { screen, output } = openTest({ size: { cols: 60, rows: 30 } });
    const sides = Array.from({ length: 30 }, (_, y) => String.fromCodePoint(97 + (y % 26)).repeat(15));
    const paintSide = (canvas: Canvas): void => sides.forEach((text, y) => canvas.write(0, y, text));
    const members = new Pane({ parent: screen.root, left: 45, top: 0, width: 15, height: '100%', paint: paintSide });
    members.refresh();
    // Alike, rows are sooner written anew than what is beside them is repaired.
    const rows = Array.from({ length: 30 }, (_, y) => row(`the same ${String(y).padStart(3, '0')}`));
    const paint = (canvas: Canvas): void => rows.slice(-30).forEach((each, y) => canvas.row(y, each));
    const list = new Pane({ parent: screen.root, left: 0, top: 0, width: 45, height: '100%', paint });
    screen.render();
    screen.flush();
    const say = (): number => {
      output.take();
      const { length } = rows;
      rows.push(row(`${length} ${String.fromCodePoint(97 + (length % 26)).repeat(40)}`));
      list.refresh();
      screen.flush();
      return output.take().length;
    };
    const bytes = Array.from({ length: 60 }, say);
    const last = bytes.slice(-20);
    // All of them are other texts by now: written anew they would take 45 bytes each.
    expect(Math.max(...last)).toBeLessThan(30 * 30);
  });

  test('show a box of blessed’s above a pane, and what was under it after', async () => {
    const { screen, output } = openTest();
    const pane = textPane(screen, () => 'x'.repeat(20));
    const box = new Box({ parent: screen.root, left: 2, top: 0, width: 5, height: 3, border: 'line', content: '日b' });
    screen.render();
    screen.flush();
    pane.refresh();
    screen.flush();
    const shown = output.take();
    expect((await parse(shown)).lines().slice(0, 3)).toEqual(['xx┌───┐xxxxxxxxxxxxx', '  │日b│', '  └───┘']);
    box.hide();
    screen.render();
    screen.flush();
    expect((await parse(shown + output.take())).lines().slice(0, 3)).toEqual(['x'.repeat(20), '', '']);
  });

  test('carry truecolor, also of blessed’s own styles', async () => {
    const { screen, output } = openTest();
    const look = style({ fg: '#123456', bg: '#abcdef', italic: true });
    const pane = new Pane({ parent: screen.root, height: 1, paint: (canvas) => canvas.write(0, 0, 'a', look) });
    expect(pane.region).toBeUndefined();
    boxOn(screen, { top: 1, width: 1, height: 1, content: 'b', style: { fg: '#654321' } });
    screen.render();
    screen.flush();
    const cells = (await parse(output.take())).cells();
    expect([cells[0]?.slice(0, 18), cells[1]?.slice(0, 11)]).toEqual(['{i#123456/#abcdef}', '{#654321/}b']);
  });

  test('never carry a control character, whatever a widget is given', () => {
    const { screen, output } = openTest({ tables: new CellTables() });
    output.take();
    const nasty = 'a\u009b2J\u202eb\x1b]0;x\x07\u0085\u2028c\ud800';
    textPane(screen, () => nasty);
    boxOn(screen, { top: 1, height: 3, width: '100%', content: nasty, tags: true });
    screen.render();
    screen.flush();
    // The painter's own moves of the cursor apart.
    const painted = output.take().replace(/\x1b\[[0-9;]*[A-Za-z]|\x1b\[\?25[hl]|[\r\v\b]/g, '');
    expect(painted).not.toMatch(/[\p{Control}\u202a-\u202e\u2066-\u2069\u2028\u2029\p{Surrogate}]/u);
  });
});

describe('a screen of thousands of rare characters', () => {
  /** Letters with two marks each, no two of them alike. */
  const rare = (from: number, count: number): string =>
    Array.from({ length: count }, (_, index) => {
      const at = from + index;
      const [one, two] = [Math.floor(at / 26) % 100, Math.floor(at / 2600)];
      return String.fromCharCode(0x61 + (at % 26), 0x300 + one, 0x300 + two);
    }).join('');

  test('shows them, and leaves the tables that it shares to the others', () => {
    const tables = new CellTables();
    const size = { cols: 250, rows: 12 };
    const { screen, output } = openTest({ tables, size });
    let from = 0;
    const pane = new Pane({
      parent: screen.root,
      width: '100%',
      height: '100%',
      paint: (canvas) => {
        for (let y = 0; y < 12; y++) canvas.row(y, row(rare(from + y * 250, 250)));
      },
    });
    const other = openTest({ tables });
    const field = textPane(other.screen, () => `e\u0301 ${from}`);
    screen.flush();
    other.screen.flush();
    const { generation } = tables;
    for (let frame = 0; frame < 4; frame++) {
      from += 3000;
      output.take();
      pane.refresh();
      screen.flush();
      expect(output.take()).not.toContain('\ufffd');
      other.output.take();
      field.refresh();
      other.screen.flush();
      expect(other.output.take().length).toBeLessThan(30);
    }
    expect(tables.generation).toBe(generation);
  });
});
