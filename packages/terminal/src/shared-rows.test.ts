import { expect, test } from 'vitest';
import { SharedRows } from './shared-rows.ts';
import { row } from './styled-row.ts';

test('rows are made once for a key and a width', () => {
  const shared = new SharedRows();
  let made = 0;
  const make = () => {
    made++;
    return [row('a'), row('b')];
  };
  const first = shared.get('room 1', 40, make);
  expect(shared.get('room 1', 40, make)).toBe(first);
  expect(made).toBe(1);
  expect(shared.get('room 1', 41, make)).not.toBe(first);
  // Neither end of the key can be taken for the width.
  expect(shared.get('1 room 1', 4, make)).not.toBe(first);
  expect(made).toBe(3);
});

test('what is asked for again and again stays, whatever comes and goes', () => {
  const shared = new SharedRows({ maxRows: 100 });
  const kept = shared.get('kept', 80, () => [row('kept')]);
  for (let at = 0; at < 10_000; at++) {
    shared.get(`message ${at}`, 80, () => [row(`${at}`), row('')]);
    expect(shared.get('kept', 80, () => [row('made anew')])).toBe(kept);
  }
});

test('what is not asked for is forgotten', () => {
  const shared = new SharedRows({ maxRows: 100 });
  const first = shared.get('first', 80, () => [row('x')]);
  for (let at = 0; at < 101; at++) shared.get(`message ${at}`, 80, () => [row(`${at}`)]);
  expect(shared.get('first', 80, () => [row('x')])).not.toBe(first);
});
