/** What is on the way between a program and its page is bounded, in both directions, and none of it is lost. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { MISSED_PONGS, TERMINAL_HIGH_WATER_BYTES, TERMINAL_LOW_WATER_BYTES } from '@parley/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GatewayOptions } from '../src/index.ts';
import { HostedSession } from '../src/hosted-session.ts';
import { PtySession } from '../src/pty-session.ts';
import { TerminalSocket } from '../src/terminal-socket.ts';
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

/** Counts, until the test is over, the writes that go through the thread pool, as those of node-pty do. */
function countPooledWrites(): () => number {
  const spy = vi.spyOn(fs, 'write');
  // Else only those would be counted that call it by way of the module.
  syncBuiltinESMExports();
  onTestFinished(() => {
    spy.mockRestore();
    syncBuiltinESMExports();
  });
  return () => spy.mock.calls.length;
}

/** The gateway's ends of the sockets to which it sends bytes from now on, in the order of their first. */
function spyOnSockets(): () => readonly TerminalSocket[] {
  const spy = vi.spyOn(TerminalSocket.prototype, 'sendBytes');
  onTestFinished(() => spy.mockRestore());
  return () => [...new Set(spy.mock.contexts as TerminalSocket[])];
}

/** Counts the sizes that programs are told until the test is over. */
function countResizes(): () => number {
  const spies = [vi.spyOn(PtySession.prototype, 'resize'), vi.spyOn(HostedSession.prototype, 'resize')];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

/** The high water mark, and what one turn of the event loop may bring on top. */
const MOST_ON_THE_WAY = 1024 * 1024;

/** Waits until a flood, to a page that acknowledges nothing, comes no further. */
async function standsStill(stalled: TestPage, other: TestPage): Promise<void> {
  await until('the flood stands', async () => {
    const before = stalled.bytes;
    await roundTrips(other, 20);
    return before >= TERMINAL_HIGH_WATER_BYTES && stalled.bytes === before;
  });
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
    await standsStill(stalled, other);
    expect(stalled.bytes).toBeLessThan(MOST_ON_THE_WAY);
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

  it('keeps little for a page that acknowledges what it has not read', async () => {
    await start();
    const sockets = spyOnSockets();
    const liar = await bench.open({ acks: false }).attach();
    const kept = (): number => sockets()[0]?.bufferedBytes ?? 0;
    liar.type('flood\r');
    await until('it flows', () => liar.bytes > 0);
    liar.socket.pause();
    const other = await bench.open().attach();
    // First the kernel takes what it can, and now and then a little more; then what is kept stays as it is.
    for (let standing = 0; standing < 20;) {
      const before = kept();
      liar.control({ type: 'ack', bytes: 1e9 });
      await roundTrips(other, 1);
      expect(kept()).toBeLessThan(MOST_ON_THE_WAY);
      standing = before > TERMINAL_LOW_WATER_BYTES && kept() === before ? standing + 1 : 0;
    }
  });

  it('stops a flood with a key: what is on the way then is bounded', async () => {
    await start();
    const page = await bench.open({ acks: false }).attach();
    const other = await bench.open().attach();
    page.type('flood\r');
    await standsStill(page, other);
    const before = page.bytes;
    page.type(' ');
    page.control({ type: 'ack', bytes: before });
    await page.shows(/flood over/);
    expect(page.bytes - before).toBeLessThanOrEqual(TERMINAL_HIGH_WATER_BYTES + 64 * 1024);
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
    const resizes = countResizes();
    for (let turn = 0; turn < 500; turn += 1) page.control({ type: 'resize', cols: 60 + (turn % 2) * 40, rows: 20 });
    page.control({ type: 'resize', cols: 91, rows: 31 });
    await page.shows(/size 91x31/);
    // At what pace, tells its own test.
    expect(resizes()).toBeLessThan(501);
  });

  it('holds back what a page types when the program does not read, and then loses none of it', async () => {
    const running = await start({ times: { pingIntervalMs: 50 } });
    const page = await bench.open().attach();
    page.type('unready\r');
    await page.shows(/not reading/);
    const other = await bench.open().attach();
    const pooledWrites = countPooledWrites();
    const chunk = Buffer.alloc(32 * 1024, 'k');
    for (let sent = 0; sent < 64; sent += 1) page.socket.send(chunk, { binary: true });
    let pings = 0;
    page.socket.on('ping', () => (pings += 1));
    await roundTrips(other, 20);
    // Its pongs are behind what is held back: it is not taken for lost.
    await until('the page was pinged more often than it may miss', () => pings > 2 * MISSED_PONGS);
    expect(page.closeCode).toBeUndefined();
    // node-pty's writer would be a busy loop; how often the gateway's own tries, tells its test.
    expect(pooledWrites()).toBe(0);
    page.close();
    await until('it has ended', async () => (await running.sessionCount()) === 1);
  });
});
