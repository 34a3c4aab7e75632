import { pollFor } from '@parley/testkit';
import { afterEach, expect, test } from 'vitest';
import { BatchOrder } from './batch-order.ts';
import { EventBatch } from './event-batch.ts';

let orders: BatchOrder[] = [];
afterEach(() => {
  for (const each of orders) each.close();
  orders = [];
});

const batch = (first: number, last: number): EventBatch =>
  EventBatch.received(
    'dev',
    first,
    Array.from({ length: last - first + 1 }, (_, index) => JSON.stringify({ seq: first + index })),
    last,
  );

function openOrder({ head, holdMs }: { head?: number; holdMs: number }) {
  const published: (readonly [number, number])[] = [];
  let last = head;
  const order = new BatchOrder({
    headOf: () => last,
    publish: (_, { first, last: end }) => {
      published.push([first, end]);
      last = Math.max(last ?? 0, end);
    },
    holdMs,
  });
  orders.push(order);
  return { order, published };
}

test('what comes early waits for what is before it', () => {
  const { order, published } = openOrder({ head: 4, holdMs: 60_000 });
  order.take('1', batch(9, 10));
  order.take('1', batch(7, 8));
  expect(published).toEqual([]);
  order.take('1', batch(5, 6));
  expect(published).toEqual([
    [5, 6],
    [7, 8],
    [9, 10],
  ]);
});

test('what waits for too long goes on with the gap before it', async () => {
  const { order, published } = openOrder({ head: 4, holdMs: 1 });
  order.take('1', batch(9, 9));
  order.take('1', batch(7, 7));
  await pollFor(
    () => published,
    [
      [7, 7],
      [9, 9],
    ],
  );
});

test('a flood of early batches ends the wait', () => {
  const { order, published } = openOrder({ head: 4, holdMs: 60_000 });
  for (let seq = 100; seq < 200; seq += 1) order.take('1', batch(seq, seq));
  expect(published.length).toBeGreaterThan(60);
  expect(published[0]).toEqual([100, 100]);
});

test.each([
  ['nobody reads the room', { holdMs: 60_000 }],
  ['nothing was published of it yet', { head: 0, holdMs: 60_000 }],
  ['there are no other replicas', { head: 4, holdMs: 0 }],
])('nothing waits where %s', (_, options) => {
  const { order, published } = openOrder(options);
  order.take('1', batch(9, 9));
  expect(published).toEqual([[9, 9]]);
});
