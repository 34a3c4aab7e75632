import fs, { closeSync, constants, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PtyInput, RETRY_MS } from './pty-input.ts';
import { openPtyPair, type PtyPair } from './pty-pair.ts';

/** Much more than a PTY holds. */
const PASTE = Buffer.from('0123456789abcdef'.repeat(64 * 1024));

let pair: PtyPair;
let program: ReadStream;
let write: { readonly mock: { readonly calls: readonly unknown[][] } };
/** How often the PTY was asked to take something. */
const tries = (): number => write.mock.calls.filter(([fd]) => fd === pair.master).length;

beforeEach(() => {
  pair = openPtyPair({ cols: 80, rows: 24 }, undefined);
  // As any full-screen program; a line that is never ended would be dropped.
  program = new ReadStream(openSync(pair.path, constants.O_RDWR | constants.O_NOCTTY)).setRawMode(true);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  write = vi.spyOn(fs, 'writeSync');
  // Else only those would be counted that call it by way of the module.
  syncBuiltinESMExports();
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  vi.useRealTimers();
  program.destroy();
  pair.releaseSlave();
  closeSync(pair.master);
  pair.masterClosed();
});

it('is not tried more than once each RETRY_MS while the program does not read', () => {
  const input = new PtyInput(pair.master, () => {});
  expect(input.write(PASTE)).toBe(false);
  expect(tries()).toBe(1);
  // What comes meanwhile waits behind it.
  expect(input.write(Buffer.from('key'))).toBe(false);
  expect(tries()).toBe(1);
  for (let retry = 1; retry <= 20; retry += 1) {
    vi.advanceTimersByTime(RETRY_MS - 1);
    expect(tries()).toBe(retry);
    vi.advanceTimersByTime(1);
    expect(tries()).toBe(retry + 1);
    expect(vi.getTimerCount()).toBe(1);
  }
  input.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('gives a program that reads again all of it, and tells once that there is room', async () => {
  const told = vi.fn<() => void>();
  const input = new PtyInput(pair.master, told);
  input.write(PASTE);
  const read: Buffer[] = [];
  let bytes = 0;
  program.on('data', (chunk: Buffer) => {
    read.push(chunk);
    bytes += chunk.length;
  });
  while (bytes < PASTE.length) {
    vi.advanceTimersByTime(RETRY_MS);
    await nextTurn();
  }
  expect(Buffer.concat(read).equals(PASTE)).toBe(true);
  expect(told).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});
