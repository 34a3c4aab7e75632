import { createLogger } from '@parley/service';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Session, type Viewer, type ViewerEnd } from './session.ts';
import { TerminalListeners, type TerminalSession } from './terminal-session.ts';

const MINUTE = 60_000;

class FakeTerminal extends TerminalListeners implements TerminalSession {
  write = (): boolean => true;
  resize = (): void => {};
  pause = (): void => {};
  resume = (): void => {};
  repaint = (): void => {};
  detach = (): void => {};
  close = (): void => this.tellExit({ failed: false, shared: false });
}

const viewer: Viewer = {
  bufferedBytes: 0,
  sendBytes: () => {},
  sendControl: () => {},
  holdInput: () => {},
  dismiss: () => {},
};

let start: () => void;
let session: Session;

beforeEach(() => {
  vi.useFakeTimers();
  const order = { size: { cols: 80, rows: 24 }, address: '::1', key: 'f'.repeat(64), fresh: true };
  const link = { room: undefined, nick: undefined, timezone: undefined, theme: undefined };
  const open = (): Promise<TerminalSession> =>
    new Promise((resolve) => {
      start = () => resolve(new FakeTerminal());
    });
  const times = { warnAfterMs: 50 * MINUTE, endAfterMs: 60 * MINUTE, graceMs: 10 * MINUTE, closedPageGraceMs: MINUTE };
  session = new Session({ ...order, ...link }, viewer, open, times, createLogger('gateway', 'silent'));
});
afterEach(() => {
  session.end({ code: 1000 });
  vi.useRealTimers();
});

const waits: [how: ViewerEnd, graceMs: number][] = [
  ['page closed', MINUTE],
  ['lost', 10 * MINUTE],
];

test.each(waits)('a session whose viewer is gone (%s) waits for %i ms', async (how, graceMs) => {
  start();
  await vi.advanceTimersByTimeAsync(0);
  session.viewerLost(viewer, how);
  await vi.advanceTimersByTimeAsync(graceMs - 1);
  expect(session.isOpen).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(session.isOpen).toBe(false);
});

test.each(waits)('so does one that has not started by then (%s)', async (how, graceMs) => {
  session.viewerLost(viewer, how);
  start();
  await vi.advanceTimersByTimeAsync(graceMs - 1);
  expect(session.isOpen).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(session.isOpen).toBe(false);
});

test('whoever comes back in time is not ended', async () => {
  start();
  await vi.advanceTimersByTimeAsync(0);
  session.viewerLost(viewer, 'page closed');
  await vi.advanceTimersByTimeAsync(MINUTE - 1);
  session.attach(viewer, { cols: 80, rows: 24 });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(session.isOpen).toBe(true);
});
