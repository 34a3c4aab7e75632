import { FakeClock } from '@parley/testkit';
import { expect, test } from 'vitest';
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
