import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock, FakeInput, FakeOutput } from '../test/fake-terminal.ts';
import { ParsedScreen } from '../test/parsed-screen.ts';
import {
  Box,
  boxAt,
  type BoxOptions,
  CellTables,
  type InputEvent,
  List,
  openScreen,
  Pane,
  style,
  type ScreenOptions,
} from './index.ts';

const open: { leave(): void }[] = [];
afterEach(() => open.splice(0).forEach((screen) => screen.leave()));

function openTest(options: Partial<ScreenOptions> = {}) {
  const input = new FakeInput();
  const output = new FakeOutput();
  const clock = new FakeClock();
  const events: InputEvent[] = [];
  const size = { cols: 20, rows: 5 };
  const screen = openScreen({ input, output, size, clock, onInput: (event) => events.push(event), ...options });
  open.push(screen);
  return { screen, input, output, clock, events };
}

function textPane(screen: ReturnType<typeof openScreen>, text: () => string, at = {}): Pane {
  const place = { left: 0, top: 0, width: '100%', height: '100%', ...at };
  return new Pane({ parent: screen.root, ...place, paint: (canvas) => canvas.write(0, 0, text()) });
}

/** A box or list of blessed's. */
const boxOn = (screen: ReturnType<typeof openScreen>, options: Omit<BoxOptions, 'parent'>): Box =>
  new Box({ parent: screen.root, ...options });

async function parse(bytes: string): Promise<ParsedScreen> {
  const terminal = new ParsedScreen(20, 5);
  terminal.write(bytes);
  await terminal.parsed();
  return terminal;
}

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
    expect([events, clock.pending, input.listenerCount('data'), output.listenerCount('drain')]).toEqual([[], 0, 0, 0]);
  });

  test('touches nothing of the process', () => {
    const events = ['uncaughtException', 'exit', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'];
    const before = events.map((event) => process.listenerCount(event));
    const screens = [openTest().screen, openTest().screen];
    for (const screen of screens) {
      const list = new List({ parent: screen.root, items: ['a'], mouse: true, keys: true });
      list.focus();
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

describe('frames', () => {
  test('come at the end of the turn when idle, under load 30 times a second, and 10 times when that lasts', () => {
    const { screen, output, clock } = openTest();
    let count = 0;
    const pane = textPane(screen, () => `n ${count}`);
    const flood = (milliseconds: number): number => {
      const before = output.frames;
      for (let ms = 0; ms < milliseconds; ms++) {
        count++;
        pane.refresh();
        clock.advance(1);
      }
      return output.frames - before;
    };
    screen.render();
    clock.advance(2000);
    output.take();
    count++;
    pane.refresh();
    expect(output.frames).toBe(0);
    clock.advance(0);
    expect(output.frames).toBe(1);
    const [first, second] = [flood(400), flood(1000)];
    expect(first).toBeGreaterThanOrEqual(11);
    expect(first).toBeLessThanOrEqual(12);
    flood(1000);
    expect(second).toBeLessThanOrEqual(15);
    const later = flood(1000);
    expect(later).toBeGreaterThanOrEqual(9);
    expect(later).toBeLessThanOrEqual(11);
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

describe('a fault', () => {
  const faulty = (pane: { broken: boolean }, options: Partial<ScreenOptions> = {}) => {
    const test = openTest(options);
    const paint = (): string => {
      if (pane.broken) throw new Error('broken');
      return 'fine';
    };
    return { ...test, pane: textPane(test.screen, paint) };
  };

  test('in a pane ends its screen alone', async () => {
    const state = { broken: false };
    const faults: unknown[] = [];
    const one = faulty(state, { onFault: (error) => faults.push(error) });
    const two = openTest();
    textPane(two.screen, () => 'two');
    for (const { screen } of [one, two]) {
      screen.render();
      screen.flush();
    }
    state.broken = true;
    one.output.take();
    one.pane.refresh();
    one.clock.advance(100);
    expect([faults, one.screen.state]).toEqual([[new Error('broken')], 'left']);
    expect(one.output.take()).toContain('\x1b[?1049l');
    two.screen.repaint();
    expect((await parse(two.output.take())).lines()).toEqual(['two', '', '', '', '']);
  });

  test('while input or a new size is handled does so, too', () => {
    const faults: unknown[] = [];
    const broken = (): never => {
      throw new Error('broken');
    };
    const one = openTest({ onInput: broken, onFault: (error) => faults.push(error) });
    one.input.type('xyz');
    const two = openTest({ onResize: broken, onFault: (error) => faults.push(error) });
    two.screen.resize({ cols: 50, rows: 10 });
    two.clock.advance(100);
    expect([faults.length, one.screen.state, two.screen.state]).toEqual([2, 'left', 'left']);
  });

  test('that nobody is to be told of goes on, and the frame stays due', async () => {
    const state = { broken: false };
    const { screen, pane, output } = faulty(state);
    screen.render();
    screen.flush();
    state.broken = true;
    screen.render();
    expect(() => screen.flush()).toThrow('broken');
    pane.refresh();
    expect(() => screen.flush()).toThrow('broken');
    state.broken = false;
    screen.flush();
    expect((await parse(output.take())).lines()[0]).toBe('fine');
  });
});

describe('a detached screen', () => {
  test('writes nothing and comes back whole', async () => {
    const { screen, output, clock, input } = openTest();
    let text = 'before';
    const pane = textPane(screen, () => text);
    screen.render();
    clock.advance(100);
    output.take();
    screen.detach();
    text = 'after';
    pane.refresh();
    screen.setTitle('away');
    screen.resize({ cols: 30, rows: 5 });
    input.type('x');
    clock.advance(1000);
    expect([output.take(), screen.state]).toEqual(['', 'detached']);
    screen.repaint();
    const bytes = output.take();
    expect(bytes).toContain('\x1b]2;away\x07');
    expect((await parse(bytes)).lines()[0]).toBe('after');
    expect(screen.state).toBe('painting');
  });

  test('forgets that its output was full', () => {
    const { screen, output } = openTest();
    output.full = true;
    textPane(screen, () => 'x');
    screen.render();
    screen.flush();
    screen.detach();
    output.drain();
    expect(screen.state).toBe('detached');
    screen.leave();
    screen.detach();
    expect(screen.state).toBe('left');
  });
});

describe('a full output', () => {
  test('drops frames and gets the difference after the drain', async () => {
    const { screen, output, clock } = openTest();
    let count = 0;
    const pane = textPane(screen, () => `count ${count}`);
    screen.render();
    screen.flush();
    const shown = output.take();
    output.full = true;
    count++;
    pane.refresh();
    screen.flush();
    expect(screen.state).toBe('stalled');
    const before = output.frames;
    for (; count < 500; count++) {
      pane.refresh();
      screen.render();
      screen.setTitle(`title ${count}`);
      screen.bell();
      clock.advance(50);
      screen.flush();
    }
    expect(output.frames).toBe(before);
    const stalled = output.take();
    output.drain();
    clock.advance(100);
    const rest = output.take();
    expect(rest.length).toBeLessThan(60);
    expect((await parse(shown + stalled + rest)).lines()[0]).toBe('count 500');
    expect(screen.state).toBe('painting');
  });

  test('does not hinder leaving', () => {
    const { screen, output } = openTest();
    output.full = true;
    textPane(screen, () => 'x');
    screen.render();
    screen.flush();
    output.take();
    screen.leave();
    expect(output.take()).toContain('\x1b[?1049l');
  });

  test('that fails is reported once and written to no more', () => {
    const gone: Error[] = [];
    const { screen, output, input } = openTest({ onGone: (error) => gone.push(error) });
    output.take();
    output.emit('error', new Error('EIO'));
    input.emit('error', new Error('EIO'));
    screen.render();
    screen.flush();
    screen.leave();
    output.emit('error', new Error('EPIPE'));
    expect([gone.length, output.take(), screen.state]).toEqual([1, '', 'left']);
  });
});

describe('repaint', () => {
  test('brings a fresh terminal to the same screen and modes', async () => {
    const { screen, output } = openTest({ mouse: true, cursorShape: 'bar' });
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

  test('the mouse can be left to the terminal', () => {
    const { screen, output } = openTest({ mouse: false });
    expect(output.take()).not.toContain('\x1b[?1000h');
    screen.setMouse(true);
    screen.flush();
    expect(output.take()).toBe('\x1b[?1000h\x1b[?1002h\x1b[?1006h');
  });

  test('text goes to the clipboard as it is, within limits', () => {
    const { screen, output } = openTest();
    output.take();
    expect(screen.copy('é')).toBe(true);
    screen.flush();
    expect(output.take()).toBe('\x1b]52;c;w6k=\x07');
    expect(screen.copy('x'.repeat(70_000))).toBe(false);
  });
});

describe('nodes', () => {
  test('are found by a cell, the topmost first', () => {
    const { screen } = openTest();
    const pane = textPane(screen, () => '');
    const box = new Box({ parent: screen.root, left: 2, top: 1, width: 4, height: 2 });
    screen.render();
    screen.flush();
    expect([boxAt(screen.root, 3, 1), boxAt(screen.root, 0, 0)]).toEqual([box, pane]);
    box.hide();
    expect(boxAt(screen.root, 3, 1)).toBe(pane);
  });

  test('of blessed’s own answer to events they are handed', () => {
    const { screen } = openTest();
    const list = new List({
      parent: screen.root,
      width: 10,
      height: 4,
      items: ['a', 'b', 'c'],
      keys: true,
      mouse: true,
    });
    list.focus();
    screen.render();
    screen.flush();
    screen.dispatch({ type: 'key', name: 'down', chord: 'down', ctrl: false, alt: false, shift: false });
    expect(list.selected).toBe(1);
    screen.dispatch({
      type: 'mouse',
      action: 'wheel-down',
      button: 'none',
      x: 1,
      y: 1,
      ctrl: false,
      alt: false,
      shift: false,
    });
    expect(list.selected).toBe(3 - 1);
  });

  test('shown and hidden a thousand times leave nothing behind', () => {
    const { screen } = openTest();
    const popup = textPane(screen, () => 'popup', { width: 5, height: 2 });
    for (let i = 0; i < 1000; i++) {
      popup.hide();
      screen.flush();
      popup.show();
      screen.render();
      screen.flush();
    }
    expect(screen.root.children).toHaveLength(1);
  });
});
