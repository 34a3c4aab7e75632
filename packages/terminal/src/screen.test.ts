import { describe, expect, test } from 'vitest';
import { FakeInput } from '../test/fake-terminal.ts';
import { boxOn, openTest, parse, textPane } from '../test/open-test-screen.ts';
import { ParsedScreen } from '../test/parsed-screen.ts';
import { type Canvas, type openScreen, Pane, run, style, StyledRow } from './index.ts';

describe('opening and leaving', () => {
  test('takes the terminal over and gives it back as it was', async () => {
    const terminal = await parse('shell $ ');
    const { screen, input, output } = openTest();
    textPane(screen, () => 'hello');
    screen.render();
    screen.flush();
    terminal.write(output.take());
    await terminal.parsed();
    expect([terminal.buffer, terminal.lines()[0], input.isRaw, input.flowing]).toEqual([
      'alternate',
      'hello',
      true,
      true,
    ]);
    expect(terminal.modes).toMatchObject({
      bracketedPasteMode: true,
      mouseTrackingMode: 'drag',
      wraparoundMode: false,
    });
    screen.leave();
    screen.leave();
    terminal.write(output.take());
    await terminal.parsed();
    expect([terminal.buffer, terminal.lines()[0], terminal.cursor]).toEqual(['normal', 'shell $ ', { x: 8, y: 0 }]);
    expect(terminal.modes).toMatchObject({
      bracketedPasteMode: false,
      mouseTrackingMode: 'none',
      sendFocusMode: false,
      wraparoundMode: true,
      applicationCursorKeysMode: false,
    });
    expect([input.isRaw, input.flowing]).toEqual([false, false]);
    expect(screen.state).toBe('left');
  });

  test('says each thing it switched on off again', () => {
    const { screen, output } = openTest({ focusReports: true, colorReports: true, cursorShape: 'bar' });
    screen.setTitle('parley');
    screen.flush();
    const on = output.take();
    screen.leave();
    const off = output.take();
    const switched = [...on.matchAll(/\x1b\[\?(\d+)h/g)].map((match) => match[1]);
    expect(switched.length).toBeGreaterThan(4);
    for (const mode of switched) expect(off).toContain(`\x1b[?${mode}l`);
    expect(on).toContain('\x1b[?7l\x1b[?25l');
    expect(off).toContain('\x1b[?7h\x1b[0 q\x1b[?25h');
    expect(on).toContain('\x1b[>1u\x1b[>4;1m');
    expect(off).toContain('\x1b[>4m\x1b[<u');
    expect(on).toContain('\x1b[22;0t\x1b]2;parley\x07');
    expect(off).toContain('\x1b[23;0t');
  });

  test('writes nothing before there is something to show, where it is to start unseen', () => {
    const { screen, input, output, clock } = openTest({ startsUnseen: true });
    clock.advance(1000);
    expect([output.take(), input.isRaw]).toEqual(['', true]);
    textPane(screen, () => 'hello');
    screen.render();
    screen.flush();
    expect([output.frames, output.take()]).toEqual([1, expect.stringMatching(/^\x1b\[\?1049h.*hello/su)]);
    const unseen = openTest({ startsUnseen: true });
    unseen.screen.leave();
    expect(unseen.output.take()).toBe('');
  });

  test('says a note with the next frame, once, and again with the modes', () => {
    const { screen, output, clock } = openTest();
    const note = '\x1b]5379;a note\x07';
    output.take();
    screen.setNote('another');
    screen.setNote(note);
    clock.advance(1000);
    expect(output.take()).toBe(note);
    screen.setTitle('parley');
    clock.advance(1000);
    expect(output.take()).not.toContain(note);
    screen.setNote(note);
    clock.advance(1000);
    expect(output.take()).toBe(note);
    screen.repaint();
    expect(output.take().split(note)).toHaveLength(2);
    screen.detach();
    screen.setNote(note);
    clock.advance(1000);
    expect(output.take()).toBe('');
    screen.repaint();
    expect(output.take().split(note)).toHaveLength(2);
  });

  test('leaves an input that was raw before raw', () => {
    const input = new FakeInput();
    input.isRaw = true;
    const { screen } = openTest({ input });
    screen.leave();
    expect(input.isRaw).toBe(true);
  });

  test('leaves no listener that could act and no timer behind', () => {
    const { screen, input, output, clock, events } = openTest();
    input.type('\x1b');
    screen.render();
    screen.leave();
    clock.advance(1000);
    input.type('x');
    expect([events, clock.timers, input.listenerCount('data'), output.listenerCount('drain')]).toEqual([[], 0, 0, 0]);
  });

  test('touches nothing of the process', () => {
    const events = ['uncaughtException', 'exit', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'];
    const before = events.map((event) => process.listenerCount(event));
    const screens = [openTest().screen, openTest().screen];
    for (const screen of screens) {
      boxOn(screen, { width: 4, height: 3, border: 'line', content: 'a' });
      screen.render();
      screen.flush();
    }
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
    for (const screen of screens) screen.leave();
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
  });

  test('is the same under tmux, VTE or a dumb TERM', () => {
    const plain = openTest().output.take();
    const names = ['TMUX', 'VTE_VERSION', 'COLORTERM', 'TERM', 'LANG'] as const;
    const before = names.map((name) => process.env[name]);
    try {
      for (const name of names) process.env[name] = 'rxvt-xfce';
      expect(openTest().output.take()).toBe(plain);
    } finally {
      names.forEach((name, at) => {
        if (before[at] === undefined) delete process.env[name];
        else process.env[name] = before[at];
      });
    }
  });
});

describe('several screens in a process', () => {
  test('draw the rows that they share as if each were alone, wherever they stand', async () => {
    const [bold, background] = [style({ fg: '#c0ffee', bold: true }), style({ bg: '#102030' })];
    const rows = Array.from({ length: 12 }, (_, at) =>
      at % 4 === 3
        ? new StyledRow([], background)
        : new StyledRow([run(at % 2 === 0 ? '  ' : ''), run(`r${at}`, bold)], background),
    );
    const open = (left: number) => {
      const test = openTest();
      const shown = { last: 5 };
      textPane(test.screen, () => 'side', { left: (left + 12) % 20, width: 8 });
      const paint = (canvas: Canvas): void => {
        for (let y = 0; y < 5; y++) canvas.row(y, rows[shown.last - 5 + y] ?? StyledRow.empty);
      };
      const pane = new Pane({ parent: test.screen.root, left, top: 0, width: 12, height: 5, paint });
      test.screen.render();
      test.screen.flush();
      return { ...test, shown, pane };
    };
    for (const [at, screen] of [open(0), open(8), open(8), open(0)].entries()) {
      let bytes = screen.output.take();
      while (screen.shown.last < 12) {
        screen.shown.last++;
        screen.pane.refresh();
        screen.screen.flush();
        bytes += screen.output.take();
      }
      screen.screen.repaint();
      const [after, whole] = await Promise.all([parse(bytes), parse(screen.output.take())]);
      expect(after.cells(), `screen ${at}`).toEqual(whole.cells());
    }
  });

  test('know nothing of each other', async () => {
    const [one, two] = [openTest(), openTest()];
    textPane(one.screen, () => 'one');
    textPane(two.screen, () => 'two');
    boxOn(one.screen, { left: 8, top: 1, width: 8, height: 3, border: 'line', content: 'boxed' });
    for (const { screen } of [one, two, one, two]) {
      screen.render();
      screen.flush();
    }
    one.input.type('x');
    expect((await parse(one.output.take())).lines()).toEqual([
      'one',
      '        ┌──────┐',
      '        │boxed │',
      '        └──────┘',
      '',
    ]);
    expect((await parse(two.output.take())).lines()).toEqual(['two', '', '', '', '']);
    expect([one.events.length, two.events.length]).toEqual([1, 0]);
    one.screen.leave();
    two.screen.render();
    two.screen.flush();
    expect(two.screen.state).toBe('painting');
  });
});

describe('a terminal that answers', () => {
  const fill = (screen: ReturnType<typeof openScreen>): void => {
    const pane = new Pane({
      parent: screen.root,
      width: '100%',
      height: '100%',
      paint: (canvas) => {
        for (let y = 0; y < canvas.height; y++) canvas.write(0, y, `${'long '.repeat(20)}${y}`);
      },
    });
    screen.render();
    screen.flush();
    expect(pane.region).toEqual({ x0: 0, y0: 0, x1: 100, y1: 30 });
  };
  const size = { cols: 100, rows: 30 };

  test('is asked before the first cell, and again when it may be another one', () => {
    const { screen, output } = openTest();
    const query = '\x1b[?69$p\x1b[?2026$p';
    expect(output.take()).toContain(`${query}\x1b[?1000h`);
    screen.repaint();
    expect(output.take()).toContain(query);
  });

  test('that it knows synchronized output gets long frames in one piece, short ones as they are', () => {
    const { screen, input, output } = openTest({ size });
    input.type('\x1b[?2026;2$y');
    output.take();
    fill(screen);
    expect(output.take()).toMatch(/^\x1b\[\?2026h.*\x1b\[\?2026l$/s);
    screen.setTitle('x');
    screen.flush();
    expect(output.take()).not.toContain('2026');
    screen.repaint();
    // It may be another terminal, and has not answered yet.
    expect(output.take()).not.toContain('\x1b[?2026h');
  });

  test.each(['0', '4'])('that it does not (%s) gets no marks', (state) => {
    const { screen, input, output } = openTest({ size });
    input.type(`\x1b[?2026;${state}$y\x1b[?69;${state}$y`);
    output.take();
    fill(screen);
    expect(output.take()).not.toMatch(/\x1b\[\?(2026|69)h/);
  });

  test('that it has margins gets the mode switched on, after a repaint again, and off at the end', () => {
    const { screen, input, output, events } = openTest();
    input.type('\x1b[?69;2$y');
    screen.flush();
    expect(output.take()).toContain('\x1b[?69h');
    screen.repaint();
    expect(output.take()).not.toContain('\x1b[?69h');
    input.type('\x1b[?69;1$y');
    screen.flush();
    expect(output.take()).toBe('\x1b[?69h');
    screen.leave();
    expect(output.take()).toContain('\x1b[?69l');
    expect(events).toEqual([]);
  });
});

describe('repaint', () => {
  test('brings a fresh terminal to the same screen and modes', async () => {
    const { screen, output } = openTest({ cursorShape: 'bar' });
    const pane = new Pane({
      parent: screen.root,
      width: '100%',
      height: '100%',
      paint: (canvas) => {
        canvas.write(0, 0, '日本 hello', style({ bold: true }));
        canvas.setCursor(4, 2);
      },
    });
    screen.setTitle('parley');
    screen.render();
    screen.flush();
    pane.refresh();
    screen.flush();
    const old = await parse(output.take());
    screen.repaint();
    const fresh = new ParsedScreen(20, 5);
    const titles: string[] = [];
    fresh.onTitle((title) => titles.push(title));
    fresh.write(output.take());
    await fresh.parsed();
    expect(fresh.cells()).toEqual(old.cells());
    expect(fresh.modes).toEqual(old.modes);
    expect([fresh.cursor, fresh.buffer, titles]).toEqual([{ x: 4, y: 2 }, 'alternate', ['parley']]);
  });
});

describe('a new size', () => {
  test('is painted once it has stood for 50 ms, however many came', () => {
    const sizes: number[] = [];
    const { screen, output, clock } = openTest({ onResize: ({ cols }) => sizes.push(cols) });
    textPane(screen, () => 'x');
    clock.advance(100);
    output.take();
    for (let cols = 21; cols <= 220; cols++) {
      screen.resize({ cols, rows: 5 });
      clock.advance(5);
    }
    expect(output.frames).toBe(0);
    clock.advance(50);
    expect([output.frames, screen.cols, sizes.length]).toEqual([1, 220, 200]);
  });

  test.each([
    [0, 0, 1, 1],
    [100000, 100000, 1000, 500],
    [Number.NaN, -5, 1, 1],
    [80.9, 24.2, 80, 24],
  ])('of %d × %d is clamped', (cols, rows, seenCols, seenRows) => {
    const { screen } = openTest();
    textPane(screen, () => '日本 hello 👍🏽');
    boxOn(screen, { left: 'center', top: 'center', width: 10, height: 5, border: 'line', content: 'x' });
    screen.resize({ cols, rows });
    screen.render();
    screen.flush();
    expect([screen.cols, screen.rows]).toEqual([seenCols, seenRows]);
  });
});

describe('what is not cells', () => {
  test('a title is made safe', () => {
    const { screen, output } = openTest();
    output.take();
    screen.setTitle('a\x07b\x1b]52;c;x\x9c\u202e');
    screen.flush();
    expect(output.take()).toBe('\x1b[22;0t\x1b]2;ab]52;c;x\x07');
  });

  test('a palette is taught once, again when the terminal may have lost it, and taken back at the end', () => {
    const taught = '\x1b]4;0;#14161b;1;#d5d9e0\x07';
    const { screen, input, output } = openTest({ palette: ['#14161b', '#d5d9e0'], colorReports: true });
    expect(output.take().split(taught)).toHaveLength(2);
    screen.setTitle('x');
    screen.flush();
    expect(output.take()).not.toContain(taught);
    screen.repaint();
    expect(output.take().split(taught)).toHaveLength(2);
    // The terminal's own colours have changed.
    input.type('\x1b[?997;2n');
    screen.flush();
    expect(output.take().split(taught)).toHaveLength(2);
    screen.setPalette(['#fbfbfa']);
    screen.flush();
    expect(output.take()).toBe('\x1b]4;0;#fbfbfa\x07');
    screen.leave();
    expect(output.take()).toContain('\x1b]104\x07');
  });
});
