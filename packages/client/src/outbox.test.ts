import { setImmediate as turn } from 'node:timers/promises';
import { ChatError } from '@parley/protocol';
import { FakeClock } from '@parley/testkit';
import { beforeEach, expect, test } from 'vitest';
import { Outbox, type PendingMessage } from './outbox.ts';

interface Delivery {
  message: PendingMessage;
  answer(seq: number): Promise<void>;
  refuse(error: ChatError): Promise<void>;
}

let makeOutbox: () => Outbox;
let clock: FakeClock;
let deliveries: Delivery[];
let changes: string[];
let live: boolean;
let outbox: Outbox;

beforeEach(() => {
  clock = new FakeClock();
  [deliveries, changes, live] = [[], [], false];
  makeOutbox = () =>
    new Outbox({
      clock,
      limit: 5,
      deliver: (message) =>
        new Promise((resolve, reject) => {
          const answer = (seq: number): Promise<void> => {
            resolve({ seq });
            return turn();
          };
          const refuse = (error: ChatError): Promise<void> => {
            reject(error);
            return turn();
          };
          deliveries.push({ message, answer, refuse });
        }),
      awaits: () => live,
      changed: ({ message, gone }) => changes.push(`${message.cid} ${gone ? 'gone' : message.state}`),
    });
  outbox = makeOutbox();
});

const add = (cid: string, room = 'dev'): PendingMessage => outbox.add({ cid, room, text: `text of ${cid}` });
const delivered = (): string[] => deliveries.map(({ message }) => message.cid);
const last = (): Delivery => deliveries.at(-1) ?? expect.fail('nothing was delivered');

test('keeps messages while offline and sends them in order, one of a room at a time', async () => {
  for (const cid of ['a', 'b']) add(cid);
  add('x', 'lobby');
  expect(delivered()).toEqual([]);
  outbox.start();
  expect(delivered()).toEqual(['a', 'x']);
  await deliveries[0]?.answer(1);
  expect(delivered()).toEqual(['a', 'x', 'b']);
  expect(outbox.list('dev').map(({ cid, state }) => `${cid} ${state}`)).toEqual(['b sent']);
});

test('sends the same message again after a reconnect, and ignores the answer of the connection before', async () => {
  outbox.start();
  add('a');
  add('b');
  outbox.stop();
  expect(outbox.list('dev').map(({ state }) => state)).toEqual(['queued', 'queued']);
  outbox.start();
  await deliveries[0]?.answer(1);
  expect(delivered()).toEqual(['a', 'a']);
  await last().answer(1);
  expect(delivered()).toEqual(['a', 'a', 'b']);
});

test('is acknowledged by its own event when that comes first', async () => {
  outbox.start();
  add('a');
  add('b');
  outbox.seen('a', 1);
  expect(delivered()).toEqual(['a', 'b']);
  await deliveries[0]?.answer(1);
  expect(outbox.list('dev').map(({ cid }) => cid)).toEqual(['b']);
});

test('stays listed as acknowledged until the room shows it', async () => {
  live = true;
  outbox.start();
  add('a');
  await last().answer(9);
  expect(outbox.list('dev')).toMatchObject([{ cid: 'a', state: 'acknowledged', seq: 9 }]);
  outbox.seen('a', 9);
  expect(outbox.list('dev')).toEqual([]);
  expect(changes).toEqual(['a queued', 'a sent', 'a acknowledged', 'a gone']);
});

test('is not sent again once acknowledged', async () => {
  live = true;
  outbox.start();
  add('a');
  await last().answer(9);
  outbox.stop();
  outbox.start();
  expect(delivered()).toEqual(['a']);
  outbox.forgetAcknowledged('dev');
  expect(outbox.list('dev')).toEqual([]);
});

test('waits as long as the server says when it is too much, in every room, and keeps the order', async () => {
  outbox.start();
  add('a');
  add('b');
  await last().refuse(new ChatError('rate_limited', 'Slowly.', { retryAfterMs: 400 }));
  add('x', 'lobby');
  expect(delivered()).toEqual(['a']);
  clock.advance(399);
  expect(delivered()).toEqual(['a']);
  clock.advance(1);
  expect(delivered()).toEqual(['a', 'a', 'x']);
});

test('is refused once a second on average, however soon the server says that the next one may come', async () => {
  const limited = new ChatError('rate_limited', 'Slowly.', { retryAfterMs: 100 });
  outbox.start();
  for (const cid of ['a', 'b', 'c']) add(cid);
  await last().refuse(limited);
  clock.advance(100);
  await last().answer(1);
  expect(delivered()).toEqual(['a', 'a', 'b']);
  await last().refuse(limited);
  clock.advance(899);
  expect(delivered()).toEqual(['a', 'a', 'b']);
  clock.advance(1);
  await last().answer(2);
  expect(delivered()).toEqual(['a', 'a', 'b', 'b', 'c']);
  await last().refuse(limited);
  clock.advance(1000);
  expect(delivered()).toHaveLength(6);
});

test('fails with the words of a final error, goes on with the next, and can be sent again', async () => {
  outbox.start();
  add('a');
  add('b');
  await last().refuse(new ChatError('not_a_member', 'Join dev first.'));
  expect(outbox.list('dev')).toMatchObject([
    { cid: 'a', state: 'failed', error: { code: 'not_a_member', message: 'Join dev first.' } },
    { cid: 'b', state: 'sent' },
  ]);
  expect(outbox.retry('a')).toBe(true);
  await last().answer(1);
  expect(delivered()).toEqual(['a', 'b', 'a']);
  expect(outbox.list('dev')[0]).not.toHaveProperty('error');
});

test('can be discarded unless it is under way', async () => {
  outbox.start();
  add('a');
  add('b');
  expect(outbox.discard('a')).toBe(false);
  expect(outbox.discard('b')).toBe(true);
  expect(outbox.discard('b')).toBe(false);
  expect(outbox.list('dev').map(({ cid }) => cid)).toEqual(['a']);
});

test('takes no more than its limit', async () => {
  for (const cid of ['a', 'b', 'c', 'd', 'e']) add(cid);
  expect(() => add('f')).toThrow('5 messages are waiting');
  outbox.start();
  await last().answer(1);
  expect(add('f').state).toBe('queued');
});

test('fails what waits when someone else is signed in', () => {
  add('a');
  outbox.failAll(new ChatError('unauthorized', 'You are bob now.'));
  outbox.start();
  expect(delivered()).toEqual([]);
  expect(outbox.list('dev')).toMatchObject([{ state: 'failed' }]);
});

test('is taken over by another outbox under the same cid, in order, and by one only', async () => {
  live = true;
  outbox.start();
  for (const cid of ['a', 'b', 'c', 'd']) add(cid);
  await last().answer(1);
  await last().refuse(new ChatError('not_a_member', 'Join dev first.'));
  const second = makeOutbox();
  second.takeOver(outbox.release());
  const states = ['a acknowledged', 'b failed', 'c queued', 'd queued'];
  expect(second.list('dev').map(({ cid, state }) => `${cid} ${state}`)).toEqual(states);
  expect(outbox.list('dev')).toEqual([]);
  await deliveries[2]?.answer(3);
  second.start();
  expect(delivered()).toEqual(['a', 'b', 'c', 'c']);
  second.seen('a', 1);
  await last().answer(3);
  second.seen('c', 3);
  expect(delivered()).toEqual(['a', 'b', 'c', 'c', 'd']);
});

test('taken over is done where the room’s events will not show it', async () => {
  live = true;
  outbox.start();
  add('a');
  await last().answer(1);
  live = false;
  const second = makeOutbox();
  second.takeOver(outbox.release());
  expect(second.list('dev')).toEqual([]);
  expect(changes.at(-1)).toBe('a gone');
});
