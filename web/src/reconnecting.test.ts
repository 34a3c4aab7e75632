/** When a connection is given up, and when the next one is tried. */
import { expect, it, vi } from 'vitest';
import { ConnectionBench } from './connection-bench.ts';

const bench = new ConnectionBench();
const { attach, last, lose, sockets, waitForRetry } = bench;

it('comes back later each time, and never later than 15 s', () => {
  const delays: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    lose();
    const { state } = bench.connection;
    if (state.name !== 'waiting') throw new Error(`it is ${state.name}`);
    delays.push(state.retryAt - Date.now());
    waitForRetry();
  }
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

it('starts anew with short delays after a connection that stood', () => {
  for (let round = 0; round < 5; round += 1) {
    lose();
    waitForRetry();
  }
  attach();
  vi.advanceTimersByTime(5000);
  lose(4503);
  expect(bench.connection.state).toMatchObject({ name: 'waiting', retryAt: Date.now() + 500 });
});

it('is not fooled by a server that accepts and hangs up at once', () => {
  for (let round = 0; round < 4; round += 1) {
    attach();
    lose();
    waitForRetry();
  }
  attach();
  lose();
  expect(bench.connection.state).toMatchObject({ name: 'waiting', retryAt: Date.now() + 8000 });
});

it('retries at once when asked while waiting, and leaves a standing connection alone', () => {
  lose();
  bench.connection.retryIfWaiting();
  expect(bench.connection.state.name).toBe('connecting');
  attach();
  bench.connection.retryIfWaiting();
  expect(sockets).toHaveLength(2);
  expect(bench.connection.state.name).toBe('attached');
});

it('lets a socket go when the network does, and says so', () => {
  attach();
  bench.connection.networkLost();
  expect(sockets[0]?.closed).toBe(true);
  expect(bench.connection.state).toMatchObject({ name: 'waiting', reason: 'There is no network.' });
  bench.connection.networkLost();
  expect(bench.connection.state.name).toBe('waiting');
  // So it does of the tries that fail meanwhile, and not of what is lost once it is back.
  waitForRetry();
  lose();
  expect(bench.connection.state).toMatchObject({ name: 'waiting', reason: 'There is no network.' });
  bench.connection.networkBack();
  expect(bench.connection.state.name).toBe('connecting');
  attach();
  lose();
  expect(bench.connection.state).toMatchObject({ name: 'waiting', reason: undefined });
});

it('gives up a socket that has brought nothing for fifty seconds, not even that the gateway is alive', () => {
  attach();
  const pass = (ms: number): void => {
    vi.advanceTimersByTime(ms);
    bench.connection.loseIfSilent();
  };
  for (let round = 0; round < 5; round += 1) {
    pass(45_000);
    if (round % 2 === 0) last().control({ type: 'alive' });
    else last().bytes(1);
  }
  pass(49_000);
  expect(bench.connection.state.name).toBe('attached');
  pass(1000);
  expect(bench.connection.state).toMatchObject({ name: 'waiting', reason: undefined });
  expect(sockets[0]?.closed).toBe(true);
  // The silence of the one before is not counted to the next.
  waitForRetry();
  pass(1000);
  attach();
  pass(49_000);
  expect(bench.connection.state.name).toBe('attached');
});

it('gives up a socket that brings no answer', () => {
  last().emit('open');
  vi.advanceTimersByTime(10_000);
  expect(last().closed).toBe(true);
  expect(bench.connection.state.name).toBe('waiting');
});

it('waits with the words of a full house, and not for a short time', () => {
  last().emit('open');
  last().control({ type: 'error', code: 'full', message: 'Parley is full: 500 of 500.' });
  lose(4429);
  expect(bench.connection.state).toEqual({
    name: 'waiting',
    retryAt: Date.now() + 10_000,
    reason: 'Parley is full: 500 of 500.',
  });
});

it('reconnects when the connection is lost after a warning only', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  lose(1006);
  expect(bench.connection.state.name).toBe('waiting');
});

it('hears nothing of a socket that it has let go', () => {
  const old = last();
  bench.connection.retry();
  old.emit('close', { code: 1006 });
  old.control({ type: 'exit' });
  expect(bench.connection.state.name).toBe('connecting');
});
