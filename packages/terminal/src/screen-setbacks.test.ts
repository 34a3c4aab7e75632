/** A screen whose panes throw, that nobody looks at, or whose output takes no more. */
import { describe, expect, test } from 'vitest';
import { openTest, parse, textPane } from '../test/open-test-screen.ts';
import type { ScreenOptions } from './screen.ts';

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

describe('a suspended screen', () => {
  test('has given everything back, and takes everything again as if for the first time', async () => {
    const { screen, output } = openTest({ focusReports: true, colorReports: true });
    textPane(screen, () => 'shown');
    screen.setTitle('title');
    screen.render();
    screen.flush();
    const taken = output.take();
    screen.suspend();
    const given = output.take();
    screen.suspend();
    expect(output.take()).toBe('');
    for (const mode of ['1049', '2004', '1000', '1002', '1004', '1006', '2031']) {
      expect(taken).toContain(`\x1b[?${mode}h`);
      expect(given).toContain(`\x1b[?${mode}l`);
    }
    screen.repaint();
    // The keyboard's mode and the title are on stacks: neither is taken off twice.
    const sequences = (bytes: string): string[] => bytes.split('\x1b').toSorted();
    expect(sequences(output.take())).toEqual(sequences(taken));
    screen.leave();
    expect(output.take()).toBe(given);
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
