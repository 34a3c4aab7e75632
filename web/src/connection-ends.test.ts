/** When a page does not come back by itself, and the words that it ends with. */
import { expect, it, vi } from 'vitest';
import { ConnectionBench } from './connection-bench.ts';

const bench = new ConnectionBench();
const { attach, last, lose, notices, sockets } = bench;

it('does not fight with the window that took over', () => {
  attach();
  last().control({ type: 'error', code: 'replaced', message: 'elsewhere' });
  lose(1000);
  vi.advanceTimersByTime(60_000);
  expect(bench.connection.state.name).toBe('replaced');
  expect(sockets).toHaveLength(1);
});

it('has ended when the program has, and comes back when asked', () => {
  attach();
  last().control({ type: 'exit' });
  lose(1000);
  expect(bench.connection.state).toEqual({ name: 'ended', reason: undefined });
  bench.connection.retry();
  attach();
  expect(bench.connection.state.name).toBe('attached');
});

it('tells of an idle session twice: as a warning, and as its end', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  expect(bench.connection.state.name).toBe('attached');
  last().control({ type: 'error', code: 'idle', message: 'It has ended.' });
  lose(1000);
  expect(notices).toEqual(['It ends soon.', 'It has ended.']);
  expect(bench.connection.state).toEqual({ name: 'ended', reason: 'It has ended.' });
});

it('ends with the words that came right before, and with none that came long ago', () => {
  attach();
  last().control({ type: 'error', code: 'unavailable', message: 'It failed.' });
  last().control({ type: 'exit' });
  expect(bench.connection.state).toEqual({ name: 'ended', reason: 'It failed.' });
  for (const code of ['idle', 'restarted'] as const) {
    bench.connection.retry();
    attach();
    last().control({ type: 'error', code, message: 'An hour ago.' });
    last().bytes(10);
    last().control({ type: 'exit' });
    expect(bench.connection.state).toEqual({ name: 'ended', reason: undefined });
  }
});

it('takes a close for the end of an idle session only when it is told so right before', () => {
  attach();
  last().control({ type: 'error', code: 'idle', message: 'It ends soon.' });
  last().bytes(10);
  lose(1000);
  expect(bench.connection.state.name).toBe('waiting');
});

it('stops, in words, when the server refuses its frames', () => {
  attach();
  lose(4400);
  vi.advanceTimersByTime(60_000);
  expect(bench.connection.state).toMatchObject({
    name: 'ended',
    reason: expect.stringContaining('Load it again') as string,
  });
  expect(sockets).toHaveLength(1);
});
