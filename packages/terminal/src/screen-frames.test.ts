import Box from 'blessed/lib/widgets/box.js';
import { describe, expect, test } from 'vitest';
import { boxOn, openTest, parse, textPane } from '../test/open-test-screen.ts';
import { CellTables } from './cell-tables.ts';
import { type Canvas, Pane, style } from './index.ts';
import type { ScreenOptions } from './screen.ts';
import { row } from './styled-row.ts';

/** A screen with a pane that shows a number, which an input paints again, and so much text that changes with it. */
function openCounter(textLength = 0) {
  let count = 0;
  const opened = openTest({ onInput: () => pane.refresh(), size: { cols: 20 + textLength, rows: 5 } });
  const { screen, output, clock } = opened;
  const pane = textPane(screen, () => `n ${count} ${String.fromCodePoint(0xe0 + (count % 23)).repeat(textLength)}`);
  const change = (): void => {
    count++;
    pane.refresh();
  };
  /** Changes it every so many milliseconds for a while; answers with the frames that were painted. */
  const load = (milliseconds: number, every: number): number => {
    const before = output.frames;
    for (let ms = 0; ms < milliseconds; ms += every) {
      change();
      clock.advance(every);
    }
    return output.frames - before;
  };
  const flood = (milliseconds: number): number => load(milliseconds, 1);
  return { ...opened, change, load, flood };
}

describe('frames', () => {
  test('come at the end of the turn when idle, and under load 30 times a second', () => {
    const { screen, output, clock, change, flood } = openCounter();
    screen.render();
    clock.advance(2000);
    output.take();
    change();
    expect(output.frames).toBe(0);
    clock.advance(0);
    expect(output.frames).toBe(1);
    expect(flood(250)).toSatisfy((frames) => frames === 7 || frames === 8);
  });

  test.each([
    { load: 'that lasts', textLength: 50, frames: 10 },
    { load: 'of more text than anyone reads', textLength: 900, frames: 4 },
    { load: 'that is such a flood at ten frames alone', textLength: 700, frames: 4 },
  ])('come $frames times a second under load $load', ({ textLength, frames }) => {
    const { load } = openCounter(textLength);
    load(5000, 20);
    const painted = load(2000, 20) / 2;
    expect(painted).toBeGreaterThanOrEqual(frames - 1);
    expect(painted).toBeLessThanOrEqual(frames + 0.5);
  });

  test.each(['what changes', 'another size'])(
    'that take long are followed by four times as much for others, by %s, too',
    (by) => {
      const { screen, output, clock } = openTest();
      let takes = 100;
      const pane = textPane(screen, () => {
        clock.set(clock.now() + takes);
        return `at ${clock.now()}`;
      });
      clock.advance(2000);
      const change = (): void => (by === 'another size' ? screen.resize({ cols: 30, rows: 9 }) : pane.refresh());
      pane.refresh();
      clock.advance(0);
      const painted = output.frames;
      takes = 0;
      change();
      clock.advance(399);
      expect(output.frames).toBe(painted);
      clock.advance(1);
      expect(output.frames).toBe(painted + 1);
      // This one took no time.
      pane.refresh();
      clock.advance(34);
      expect(output.frames).toBe(painted + 2);
    },
  );

  test('come at once for what comes one by one, however long that goes on, also right after a flood', () => {
    const { output, clock, change, flood } = openCounter();
    flood(3000);
    const painted = Array.from({ length: 100 }, () => {
      clock.advance(80);
      const before = output.frames;
      change();
      clock.advance(0);
      return output.frames - before;
    });
    // The flood's last frame may still be due before the first of them, and the next ones wait for theirs.
    expect(painted.slice(4)).toEqual(painted.slice(4).map(() => 1));
  });

  test('come as soon after a long quiet, whatever was painted with a key before it', () => {
    const { screen, clock, input, change, flood } = openCounter();
    screen.render();
    flood(3000);
    change();
    input.type('x');
    clock.advance(60_000);
    expect(flood(250)).toBeGreaterThanOrEqual(7);
  });

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

  test('are prepared once, however often that is asked for, and also where nothing is painted', () => {
    const { screen, output, clock } = openTest();
    let text = '';
    const pane = textPane(screen, () => text);
    screen.render();
    clock.advance(2000);
    output.take();
    const prepare = (word: string) => () => {
      text += word;
      pane.refresh();
    };
    screen.beforeFrame(prepare('a'));
    screen.beforeFrame(prepare('b'));
    expect(text).toBe('');
    clock.advance(0);
    expect(text).toBe('b');
    expect(output.frames).toBe(1);
    clock.advance(2000);
    expect(output.frames).toBe(1);
    screen.detach();
    screen.beforeFrame(prepare('c'));
    screen.beforeFrame(prepare('d'));
    clock.advance(2000);
    expect(text).toBe('bd');
    expect(output.frames).toBe(1);
  });

  test('that nobody waits for come a moment later, or with one that somebody does', () => {
    const { screen, output, clock } = openTest();
    let text = '';
    const pane = textPane(screen, () => text);
    screen.render();
    clock.advance(2000);
    output.take();
    const prepare = (): void => {
      text += '.';
      pane.refresh();
    };
    screen.beforeFrame(prepare, { patient: true });
    clock.advance(90);
    expect(output.frames).toBe(0);
    clock.advance(10);
    expect([text, output.frames]).toEqual(['.', 1]);
    clock.advance(2000);
    screen.beforeFrame(prepare, { patient: true });
    clock.advance(20);
    screen.beforeFrame(prepare);
    clock.advance(0);
    expect([text, output.frames]).toEqual(['..', 2]);
    clock.advance(2000);
    expect(output.frames).toBe(2);
  });

  test('are prepared again when that is asked for while one is prepared', () => {
    const { screen, clock } = openTest();
    clock.advance(2000);
    let times = 0;
    const prepare = (): void => {
      times++;
      if (times < 3) screen.beforeFrame(prepare);
    };
    screen.beforeFrame(prepare);
    clock.advance(2000);
    expect(times).toBe(3);
  });

  test('that answer a key do not wait', () => {
    const holder: { pane?: Pane } = {};
    let text = '';
    const { screen, input, output, clock } = openTest({
      onInput: (event) => {
        if (event.type === 'text') text += event.text;
        holder.pane?.refresh();
      },
    });
    holder.pane = textPane(screen, () => text);
    screen.render();
    clock.advance(0);
    output.take();
    for (const letter of 'abc') {
      input.type(letter);
      clock.advance(0);
    }
    expect(output.take()).toMatch(/a.*b.*c/s);
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

describe('answers to keys', () => {
  function typing(options: Partial<ScreenOptions> = {}) {
    let text = '';
    let log = 0;
    const test = openTest({
      onInput: (event) => {
        if (event.type === 'text') text += event.text;
        field.refresh();
      },
      ...options,
    });
    const messages = textPane(test.screen, () => `message ${log}`, { height: 3 });
    const field = textPane(test.screen, () => text, { top: 3, height: 1 });
    test.screen.render();
    test.clock.advance(1000);
    test.output.take();
    return { ...test, field, messages, receive: () => (log++, messages.refresh()) };
  }

  test('are written in the turn that brought the key, and alone', () => {
    const { input, output, clock, receive } = typing();
    receive();
    input.type('x');
    expect(output.take()).toBe('\x1b[4Hx');
    clock.advance(0);
    expect(output.take()).toBe('\x1b[1;9H1');
  });

  test('are a single byte when the cursor is there already', () => {
    const { input, output, clock } = typing();
    input.type('x');
    clock.advance(10);
    output.take();
    input.type('y');
    expect(output.take()).toBe('y');
  });

  test('don’t put off what else is due', () => {
    const { input, output, clock, receive } = typing();
    receive();
    clock.advance(0);
    output.take();
    receive();
    for (let at = 0; at < 3; at++) {
      clock.advance(10);
      input.type('k');
      expect(output.take()).not.toContain('2');
    }
    clock.advance(4);
    expect(output.take()).toContain('2');
  });

  test('come together when keys come in floods', () => {
    const { input, output, clock } = typing();
    for (let at = 0; at < 100; at++) input.type('k');
    expect(output.frames).toBe(1);
    clock.advance(0);
    expect(output.frames).toBe(2);
    expect(output.take()).toContain('k'.repeat(15));
  });

  test('wait for the whole frame while something lies over the pane', async () => {
    const { screen, input, output, clock } = typing();
    boxOn(screen, { left: 1, top: 3, width: 3, height: 1, content: 'box' });
    screen.render();
    screen.flush();
    clock.advance(100);
    const shown = output.take();
    input.type('xyz12');
    expect(output.take()).toBe('');
    clock.advance(0);
    expect((await parse(shown + output.take())).lines()[3]).toBe('xbox2');
  });

  test('to more keys than a turn takes come as frames do under load, and the input is held until the last', () => {
    const seen: string[] = [];
    const { screen, input, output, clock } = typing();
    const slow = openTest({
      input,
      output,
      clock,
      onInput: (event) => {
        clock.set(clock.now() + 1);
        if (event.type === 'key') seen.push(event.chord);
        pane.refresh();
      },
    });
    screen.leave();
    const pane = textPane(slow.screen, () => seen.join(''));
    slow.screen.flush();
    clock.advance(1000);
    output.take();
    input.type('\t'.repeat(100));
    expect([seen.length, input.flowing]).toEqual([2, false]);
    for (let turn = 1; turn < 50; turn++) clock.advance(0);
    expect(seen).toHaveLength(100);
    expect(input.flowing).toBe(true);
    expect(output.frames).toBeLessThanOrEqual(6);
  });

  test('that ask for all of it again are one frame', () => {
    const { screen, input, output, clock } = openTest({ onInput: () => screen.repaint() });
    output.take();
    input.type('\f'.repeat(100));
    clock.advance(0);
    expect(output.frames).toBe(1);
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
