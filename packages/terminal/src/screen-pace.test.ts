/** When frames come: at once for a little, seldom under load, and prepared once. */
import { describe, expect, test } from 'vitest';
import { openTest, textPane } from '../test/open-test-screen.ts';
import type { Pane } from './index.ts';

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
});
