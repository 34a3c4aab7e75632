import { FakeClock } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { FakeInput, FakeOutput } from '../test/fake-terminal.ts';
import { backgroundQuery, isColorReport, readBackground } from './color-scheme.ts';
import { type InputEvent, openScreen } from './index.ts';
import { InputTokenizer } from './input-tokenizer.ts';

const read = (bytes: string) => new InputTokenizer().push(bytes);

describe('a terminal’s colours', () => {
  test.each([
    ['\x1b]11;rgb:fbfb/fbfb/fafa\x1b\\', 'light'],
    ['\x1b]11;rgb:1414/1616/1b1b\x07', 'dark'],
    ['\x1b]11;rgb:ff/ff/ff\x07', 'light'],
    ['\x1b]11;rgba:0000/0000/0000/cccc\x1b\\', 'dark'],
    ['\x1b]11;#fdf6e3\x07', 'light'],
    ['\x1b]11;rgb:0/2/3\x07', 'dark'],
    // A pure blue is dark, a pure yellow light.
    ['\x1b]11;rgb:0000/0000/ffff\x07', 'dark'],
    ['\x1b]11;rgb:ffff/ffff/0000\x07', 'light'],
  ])('are read from the answer %j', (bytes, scheme) => {
    expect(read(bytes).map(readBackground)).toEqual([scheme]);
  });

  test('are not read from anything else', () => {
    for (const bytes of [
      '\x1b]10;rgb:ff/ff/ff\x07',
      '\x1b]11;?\x07',
      '\x1b]11;white\x07',
      'rgb:ff/ff/ff',
      '\x1b[?997;1n',
    ]) {
      expect(read(bytes).map(readBackground).filter(Boolean)).toEqual([]);
    }
  });

  test('are asked for again when the terminal tells that they have changed', () => {
    expect(read('\x1b[?997;1n\x1b[?997;2n\x1b[?997;3n\x1b[0n\x1b]11;#ffffff\x07').map(isColorReport)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(backgroundQuery).toBe('\x1b]11;?\x07');
  });
});

describe('a screen that wants to know the colours', () => {
  const open = (colorReports: boolean) => {
    const input = new FakeInput();
    const output = new FakeOutput();
    const clock = new FakeClock();
    const events: InputEvent[] = [];
    const onInput = (event: InputEvent) => void events.push(event);
    const screen = openScreen({ input, output, clock, size: { cols: 20, rows: 5 }, onInput, colorReports });
    return { screen, input, output, clock, events };
  };

  test('asks at first, when they have changed, and when it is painted anew', () => {
    const { screen, input, output, clock, events } = open(true);
    expect(output.take().split(backgroundQuery)).toHaveLength(2);
    input.type('\x1b[?997;2n');
    clock.advance(1000);
    expect(output.take()).toBe(backgroundQuery);
    screen.repaint();
    expect(output.take().split(backgroundQuery)).toHaveLength(2);
    expect(events).toEqual([]);
    screen.leave();
  });

  test('hands the answer on as an answer, however it is split', () => {
    const { screen, input, events } = open(true);
    const answer = '\x1b]11;rgb:fbfb/fbfb/fafa\x1b\\';
    for (let at = 1; at < answer.length; at++) {
      input.type(answer.slice(0, at));
      input.type(answer.slice(at));
    }
    expect(new Set(events.map(readBackground))).toEqual(new Set(['light']));
    expect(events).toHaveLength(answer.length - 1);
    screen.leave();
  });

  test('asks nothing when it does not', () => {
    const { screen, input, output, clock } = open(false);
    input.type('\x1b[?997;2n');
    clock.advance(1000);
    screen.leave();
    expect(output.take()).not.toMatch(/\x1b\]11|2031/u);
  });
});
