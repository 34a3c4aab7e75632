import fs, { closeSync, constants, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { failOnLeaks } from '@parley/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PtyInput, RETRY_MS } from './pty-input.ts';
import { openPtyPair, type PtyPair } from './pty-pair.ts';

failOnLeaks();

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

/** Of a byte each: what they cost must go by their bytes, and be shared out over turns. */
const FRAMES = 100_000;
const byteOf = (frame: number): number => frame % 251;

it('gives those that waited for a full PTY to it together, once each RETRY_MS', async () => {
  const input = new PtyInput(pair.master, () => {});
  const full = Buffer.alloc(1024 * 1024);
  input.write(full);
  for (let frame = 0; frame < FRAMES; frame += 1) input.write(Uint8Array.of(byteOf(frame)));
  expect(tries()).toBe(1);
  const read: Buffer[] = [];
  let bytes = 0;
  let retries = 0;
  program.on('data', (chunk: Buffer) => {
    read.push(chunk);
    bytes += chunk.length;
  });
  while (bytes < full.length + FRAMES) {
    vi.advanceTimersByTime(RETRY_MS);
    retries += 1;
    await nextTurn();
    expect(tries()).toBeLessThanOrEqual(1 + retries);
  }
  const frames = Buffer.concat(read).subarray(full.length);
  expect(frames.equals(Uint8Array.from({ length: FRAMES }, (_, frame) => byteOf(frame)))).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it('asks for a rest of a turn when one turn brings very many, and takes them together', async () => {
  const told = vi.fn<() => void>();
  const input = new PtyInput(pair.master, told);
  const read: Buffer[] = [];
  program.on('data', (chunk: Buffer) => read.push(chunk));
  // As many as the PTY takes at once.
  const frames = Uint8Array.from({ length: 4000 }, (_, frame) => byteOf(frame));
  const answers = [...frames].map((byte) => input.write(Uint8Array.of(byte)));
  const direct = answers.indexOf(false);
  expect(direct).toBeGreaterThanOrEqual(50);
  expect(direct).toBeLessThanOrEqual(500);
  expect(answers.lastIndexOf(true)).toBe(direct - 1);
  expect([tries(), told.mock.calls.length]).toEqual([direct, 0]);
  await nextTurn();
  expect([tries(), told.mock.calls.length]).toEqual([direct + 1, 1]);
  // The next turn starts anew.
  expect(input.write(Uint8Array.of(0))).toBe(true);
  expect(tries()).toBe(direct + 2);
  while (Buffer.concat(read).length <= frames.length) await nextTurn();
  expect(Buffer.concat(read).subarray(0, frames.length).equals(frames)).toBe(true);
  expect(told).toHaveBeenCalledOnce();
});

it('writes a key of a turn at once, however many turns there are', async () => {
  const told = vi.fn<() => void>();
  const input = new PtyInput(pair.master, told);
  program.resume();
  for (let key = 1; key <= 1000; key += 1) {
    expect(input.write(Uint8Array.of(97))).toBe(true);
    expect(tries()).toBe(key);
    await nextTurn();
  }
  expect(told).not.toHaveBeenCalled();
});

it('leaves nothing to be done when it is closed in a turn that has brought very many', async () => {
  const told = vi.fn<() => void>();
  const input = new PtyInput(pair.master, told);
  for (let frame = 0; frame < 1000; frame += 1) input.write(Uint8Array.of(97));
  const before = tries();
  input.close();
  await nextTurn();
  expect([tries(), told.mock.calls.length, vi.getTimerCount()]).toEqual([before, 0, 0]);
});
