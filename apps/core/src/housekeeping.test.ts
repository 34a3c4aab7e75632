import { createLogger } from '@parley/service';
import { expect, test, vi } from 'vitest';
import { startHousekeeping } from './housekeeping.ts';

const HOUR_MS = 3_600_000;

test('what can not be forgotten is a warning, and keeps nothing else from being forgotten', async () => {
  vi.useFakeTimers();
  try {
    const log = createLogger('test', 'silent');
    const warnings: unknown[] = [];
    log.warn = (...words: unknown[]) => void warnings.push(words);
    const lost = new Error('canceling statement due to statement timeout');
    const forgotten: string[] = [];
    const stop = startHousekeeping({
      store: {
        sessions: { prune: () => Promise.reject(lost) },
        terminals: { prune: async () => void forgotten.push('terminals') },
        cookies: { prune: async () => void forgotten.push('cookies') },
        activity: { prune: async () => void forgotten.push('activity') },
      },
      log,
      now: Date.now,
    });
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    stop();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(warnings).toEqual([[{ err: lost }, 'could not forget old sessions']]);
    expect(forgotten).toEqual(['terminals', 'cookies', 'activity']);
  } finally {
    vi.useRealTimers();
  }
});
