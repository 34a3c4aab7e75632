/** What a key changes is written in the turn that brought it, before the frame that it belongs to. */
import { describe, expect, test } from 'vitest';
import { boxOn, openTest, parse, textPane } from '../test/open-test-screen.ts';
import type { ScreenOptions } from './screen.ts';

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
