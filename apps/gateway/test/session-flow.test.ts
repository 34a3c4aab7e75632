/** What is on the way between a program and its page is bounded, in both directions, and none of it is lost. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { MISSED_PONGS } from '@parley/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GatewayOptions } from '../src/index.ts';
import { RETRY_MS } from '../src/pty-input.ts';
import { PACE_MS } from '../src/resize-pace.ts';
import { ada, GatewayBench, tab, type TestGateway, type TestPage, until } from './gateway-harness.ts';

const bench = new GatewayBench();

let trips = 0;
/** Time by what goes on, not by the clock: so many keys of another page have gone through the gateway and come back. */
async function roundTrips(page: TestPage, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const word = `trip${(trips += 1)}`;
    page.type(`${word}\r`);
    await page.shows(new RegExp(`echo ${word}\\b`));
  }
}

/** Counts writes to files, node-pty's own among them, until the test is over. */
function countWrites(): () => number {
  const spies = [vi.spyOn(fs, 'writeSync'), vi.spyOn(fs, 'write')];
  // Else only those would be counted that call it by way of the module.
  syncBuiltinESMExports();
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    syncBuiltinESMExports();
  });
  return () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

describe.each([
  ['a process each', 1],
  ['many to a process', 4],
])('the flow of sessions with %s', (_name, sessionsPerTuiProcess) => {
  const start = (options: Partial<GatewayOptions> = {}): Promise<TestGateway> =>
    bench.start({ sessionsPerTuiProcess }, options);

  it('pauses a flooding program at a reader that stalls, and no other', async () => {
    await start();
    const stalled = await bench.open({ ...ada, acks: false }).attach({ tab });
    const other = await bench.open().attach();
    stalled.type('flood\r');
    await until('the flood stands', async () => {
      const before = stalled.bytes;
      await roundTrips(other, 20);
      return before >= 256 * 1024 && stalled.bytes === before;
    });
    // The high water mark, and what one turn of the event loop may bring on top.
    expect(stalled.bytes).toBeLessThan(1024 * 1024);
    other.type('flowing\r');
    await other.shows(/echo flowing/);
    // A new socket starts without the debt of the old one.
    const back = bench.open(ada);
    await back.opened();
    back.control({ type: 'attach', cols: 80, rows: 24, tab });
    await until('the flood flows', () => back.bytes > 2 * 1024 * 1024);
    back.type(' ');
    expect((await back.shows(/flood over/))[0]).toBe('flood over');
  });

  it('holds memory flat against a page that acknowledges what it has not read', async () => {
    await start();
    const liar = await bench.open({ acks: false }).attach();
    liar.type('flood\r');
    await until('it flows', () => liar.bytes > 0);
    liar.socket.pause();
    for (let turn = 0; turn < 50; turn += 1) liar.control({ type: 'ack', bytes: 1e9 });
    const before = process.memoryUsage().rss;
    const other = await bench.open().attach();
    for (let turn = 0; turn < 20; turn += 1) {
      liar.control({ type: 'ack', bytes: 1e9 });
      other.type(`turn${turn}\r`);
      await other.shows(new RegExp(`echo turn${turn}\\b`));
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('stops a flood soon after a key: what is on the way is bounded', async () => {
    await start();
    const page = await bench.open().attach();
    page.type('flood\r');
    await until('it flows', () => page.bytes > 5 * 1024 * 1024);
    const pressed = performance.now();
    page.type(' ');
    await page.shows(/flood over/);
    // 20 ms on a quiet machine; some 3 s without flow control.
    expect(performance.now() - pressed).toBeLessThan(500);
  });

  it('loses nothing of what a program writes last, also to a page that had stalled', async () => {
    await start();
    // Over the mark at which the gateway stops reading, by what the PTY holds: the program can end.
    const bytes = 256 * 1024 + 4000;
    const page = await bench.open({ acks: false }).attach();
    page.type(`burst ${bytes}\r`);
    expect(await page.closes()).toBe(1000);
    expect(page.text.slice(-13).trim()).toBe('burst over');
    expect(page.bytes).toBeGreaterThanOrEqual(bytes);
  });

  it('lays a program out at the last of many sizes, and not at each', async () => {
    await start();
    const page = await bench.open().attach();
    const from = performance.now();
    for (let turn = 0; turn < 500; turn += 1) page.control({ type: 'resize', cols: 60 + (turn % 2) * 40, rows: 20 });
    page.control({ type: 'resize', cols: 91, rows: 31 });
    await page.shows(/size 91x31/);
    // The first is told at once, the last after the time it took.
    const times = page.text.split('size ').length - 1;
    expect(times).toBeLessThanOrEqual(2 + (performance.now() - from) / PACE_MS);
  });

  it('holds back what a page types when the program does not read, and then loses none of it', async () => {
    const running = await start({ times: { pingIntervalMs: 50 } });
    const page = await bench.open().attach();
    page.type('unready\r');
    await page.shows(/not reading/);
    const other = await bench.open().attach();
    const writes = countWrites();
    const from = performance.now();
    const chunk = Buffer.alloc(32 * 1024, 'k');
    for (let sent = 0; sent < 64; sent += 1) page.socket.send(chunk, { binary: true });
    let pings = 0;
    page.socket.on('ping', () => (pings += 1));
    await roundTrips(other, 20);
    // Its pongs are behind what is held back: it is not taken for lost.
    await until('the page was pinged more often than it may miss', () => pings > 2 * MISSED_PONGS);
    expect(page.closeCode).toBeUndefined();
    // No busy loop meanwhile: beside the keys and the few writes that the PTY took, one try each RETRY_MS.
    expect(writes()).toBeLessThanOrEqual(40 + (performance.now() - from) / RETRY_MS);
    page.close();
    await until('it has ended', async () => (await running.sessionCount()) === 1);
  });
});
