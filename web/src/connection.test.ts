/** What goes over a connection that stands: attaching, input, sizes, acknowledgements. */
import { expect, it } from 'vitest';
import { ConnectionBench } from './connection-bench.ts';

const bench = new ConnectionBench();
const { attach, attached, last, notices, parsed } = bench;

it('sends attach first, and input only once attached', () => {
  bench.connection.send(new Uint8Array([1]));
  last().emit('open');
  expect(last().controls).toEqual([{ type: 'attach', cols: 80, rows: 24, tab: 'a-tab-id' }]);
  bench.connection.send(new Uint8Array([2]));
  last().control({ type: 'attached', resumed: true });
  bench.connection.send(new Uint8Array([3]));
  expect(last().sent.slice(1)).toEqual([new Uint8Array([3])]);
  expect(attached).toEqual([true]);
});

it('tells the size that the terminal has got while it was connecting, once attached, and no size twice', () => {
  last().emit('open');
  bench.connection.resize(60, 20);
  bench.connection.resize(50, 18);
  expect(last().controls).toHaveLength(1);
  last().control({ type: 'attached', resumed: false });
  expect(last().controls.slice(1)).toEqual([{ type: 'resize', cols: 50, rows: 18 }]);
  bench.connection.resize(50, 18);
  bench.connection.resize(80, 24);
  expect(last().controls.slice(2)).toEqual([{ type: 'resize', cols: 80, rows: 24 }]);
  // The next attach tells its own.
  bench.connection.retry();
  attach();
  expect(last().controls).toHaveLength(1);
});

it('ignores text frames that are no control of the gateway', () => {
  attach();
  for (const data of ['', '{', 'null', '{"type":"later"}']) last().emit('message', { data });
  last().control({ type: 'error', code: 'restarted', message: 'Started anew.' });
  expect([bench.connection.state.name, notices]).toEqual(['attached', ['Started anew.']]);
});

it('splits what is too long for a frame', () => {
  attach();
  bench.connection.send(new Uint8Array(100_000));
  expect(
    last()
      .sent.slice(1)
      .map((frame) => frame.length),
  ).toEqual([32_768, 32_768, 32_768, 1696]);
});

it('acknowledges what has been parsed, at 32 KiB', () => {
  attach();
  for (let frame = 0; frame < 5; frame += 1) last().bytes(10_000);
  expect(last().controls).toHaveLength(1);
  for (const done of parsed) done();
  expect(last().controls.slice(1)).toEqual([{ type: 'ack', bytes: 40_000 }]);
});

it('does not acknowledge to a new socket what an old one brought', () => {
  attach();
  last().bytes(50_000);
  bench.connection.retry();
  attach();
  for (const done of parsed) done();
  expect(last().controls).toHaveLength(1);
});
