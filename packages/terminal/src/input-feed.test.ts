import { AsyncLocalStorage } from 'node:async_hooks';
import { FakeClock } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { InputFeed } from './input-feed.ts';
import type { InputEvent } from './input-events.ts';

function feed(): { push: (chunk: string) => void; clock: FakeClock; seen: () => string[]; close: () => void } {
  const clock = new FakeClock();
  const events: InputEvent[] = [];
  const input = new InputFeed({ clock, onInput: (event) => events.push(event) });
  return {
    clock,
    push: (chunk) => input.push(chunk),
    close: () => input.close(),
    seen: () => events.splice(0).map((event) => (event.type === 'key' ? event.chord : event.type)),
  };
}

test('a lone Esc is a key after 50 ms, not before', () => {
  const { push, clock, seen } = feed();
  push('\x1b');
  clock.advance(49);
  expect(seen()).toEqual([]);
  clock.advance(1);
  expect(seen()).toEqual(['escape']);
});

test('a sequence whose parts come within 50 ms is one key', () => {
  const { push, clock, seen } = feed();
  push('\x1b');
  clock.advance(40);
  push('[');
  clock.advance(40);
  push('A');
  clock.advance(1000);
  expect(seen()).toEqual(['up']);
});

test('the rest of a report may take a second', () => {
  const { push, clock, seen } = feed();
  push('\x1b[<0;1');
  clock.advance(900);
  push('0;5M');
  expect(seen()).toEqual(['mouse']);
});

test('a broken sequence eats no keys after a second, however one types', () => {
  const { push, clock, seen } = feed();
  push('\x1b]0;');
  for (let i = 0; i < 10; i++) {
    push('x');
    clock.advance(150);
  }
  expect(seen()).toEqual(['text', 'text', 'text']);
});

test('a paste without an end is given out after five silent seconds', () => {
  const { push, clock, seen } = feed();
  push('\x1b[200~ab');
  clock.advance(4000);
  push('cd');
  clock.advance(4999);
  expect(seen()).toEqual([]);
  clock.advance(1);
  expect(seen()).toEqual(['paste']);
});

test('closing forgets what is pending and leaves no timer', () => {
  const { push, clock, seen, close } = feed();
  push('\x1b');
  close();
  expect(clock.timers).toBe(0);
  clock.advance(1000);
  expect(seen()).toEqual([]);
});

describe('what takes long to handle', () => {
  /** A feed whose every event takes a millisecond. */
  function slowFeed() {
    const clock = new FakeClock();
    const seen: string[] = [];
    const said: string[] = [];
    const onInput = (event: InputEvent): void => {
      clock.set(clock.now() + 1);
      seen.push(event.type === 'key' ? event.chord : event.type);
      if (event.type === 'key' && event.chord === 'f1') throw new Error('broken');
      if (event.type === 'key' && event.chord === 'f2') input.close();
    };
    const input: InputFeed = new InputFeed({
      clock,
      onInput,
      onHandled: (more) => said.push(more ? 'more' : 'all'),
      onHold: (held) => said.push(held ? 'hold' : 'go on'),
    });
    return { clock, input, seen, said };
  }

  test('is handled for two milliseconds a turn, in order, and the input is held until it is done', () => {
    const { clock, input, seen, said } = slowFeed();
    input.push('a\tb\tc');
    expect(seen.splice(0)).toEqual(['text', 'tab']);
    clock.advance(0);
    expect(seen.splice(0)).toEqual(['text', 'tab']);
    clock.advance(0);
    expect(seen.splice(0)).toEqual(['text']);
    expect(said.splice(0)).toEqual(['hold', 'more', 'more', 'go on', 'all']);
    input.push('d');
    expect([seen, said]).toEqual([['text'], ['all']]);
    expect(clock.timers).toBe(0);
  });

  test('comes before what an input brings that can’t be held', () => {
    const { clock, input, seen } = slowFeed();
    input.push('\t\t\t');
    input.push('\r\x1b[200~pas');
    input.push('ted\x1b[201~\x1b[1;1R');
    for (let turn = 0; turn < 4; turn++) clock.advance(0);
    expect(seen).toEqual(['tab', 'tab', 'tab', 'enter', 'paste', 'reply']);
  });

  test('does not count for an Esc that waits for more', () => {
    const { clock, input, seen } = slowFeed();
    input.push('\t\t\t\x1b');
    clock.set(clock.now() + 500);
    clock.advance(0);
    clock.advance(49);
    input.push('[A');
    expect(seen).toEqual(['tab', 'tab', 'tab', 'up']);
    input.push('\t\t\t\x1b');
    clock.advance(0);
    clock.advance(50);
    expect(seen.slice(4)).toEqual(['tab', 'tab', 'tab', 'escape']);
  });

  test('is dropped when the feed is closed meanwhile', () => {
    const { clock, input, seen, said } = slowFeed();
    input.push('\t\t\t');
    input.close();
    clock.advance(1000);
    expect([seen.splice(0), clock.timers]).toEqual([['tab', 'tab'], 0]);
    input.push('\x1bOQ\t\x1b');
    clock.advance(1000);
    expect([seen, clock.timers, said]).toEqual([['f2'], 0, ['hold', 'more', 'all']]);
  });

  test('goes on after an event that failed', () => {
    const { clock, input, seen } = slowFeed();
    expect(() => input.push('\x1bOP\t')).toThrow('broken');
    clock.advance(0);
    expect(seen).toEqual(['f1', 'tab']);
  });

  test('runs in the asynchronous context that it came in', () => {
    const whose = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const clock = new FakeClock();
    const onInput = (): void => {
      clock.set(clock.now() + 1);
      seen.push(whose.getStore());
    };
    const feeds = ['ada', 'bob'].map((name) => {
      const input = new InputFeed({ clock, onInput });
      whose.run(name, () => input.push('\t\t\t'));
      return input;
    });
    whose.run('else', () => clock.advance(1));
    expect(seen).toEqual(['ada', 'ada', 'bob', 'bob', 'ada', 'bob']);
    feeds.forEach((input) => input.close());
  });
});
