import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PACE_MS, ResizePace } from './resize-pace.ts';
import type { TerminalSize } from './terminal-session.ts';

let told: string[] = [];
const size = (cols: number): TerminalSize => ({ cols, rows: 24 });

function startPace(): ResizePace {
  return new ResizePace({ resize: ({ cols, rows }) => void told.push(`${cols}x${rows}`) }, size(80));
}

beforeEach(() => {
  told = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells a size at once after a rest', () => {
  const pace = startPace();
  for (const cols of [90, 100, 110]) {
    pace.resize(size(cols));
    expect(told.at(-1)).toBe(`${cols}x24`);
    vi.advanceTimersByTime(PACE_MS);
  }
  expect(told).toHaveLength(3);
});

it('tells the newest of those that come sooner, once the time is up', () => {
  const pace = startPace();
  for (let cols = 81; cols <= 181; cols += 1) pace.resize(size(cols));
  expect(told).toEqual(['81x24']);
  vi.advanceTimersByTime(PACE_MS - 1);
  expect(told).toEqual(['81x24']);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['81x24', '181x24']);
});

it('keeps the pace for as long as sizes come', () => {
  const pace = startPace();
  for (let passedMs = 0; passedMs < 20 * PACE_MS; passedMs += 1) {
    pace.resize(size(passedMs % 2 === 0 ? 90 : 100));
    vi.advanceTimersByTime(1);
  }
  pace.resize(size(120));
  vi.advanceTimersByTime(PACE_MS);
  expect(told.length).toBeLessThanOrEqual(22);
  expect(told.at(-1)).toBe('120x24');
});

it('does not tell what has been told', () => {
  const pace = startPace();
  pace.resize(size(80));
  pace.resize(size(90));
  pace.resize(size(100));
  pace.resize(size(90));
  vi.advanceTimersByTime(PACE_MS);
  expect(told).toEqual(['90x24']);
});

it('tells what waits when it is asked to, and nothing any more once it is stopped', () => {
  const pace = startPace();
  pace.resize(size(90));
  pace.resize(size(100));
  pace.flush();
  expect(told).toEqual(['90x24', '100x24']);
  pace.resize(size(110));
  pace.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(PACE_MS);
  expect(told).toEqual(['90x24', '100x24']);
});
