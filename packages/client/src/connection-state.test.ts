import { ChatError, CLOSE, DEFAULT_LIMITS } from '@parley/protocol';
import { describe, expect, test } from 'vitest';
import { type ConnectionState, type Occurrence, retryDelayMs, transition } from './connection-state.ts';

const you = { id: '7', nick: 'ada', guest: true };
const online: ConnectionState = { name: 'online', you, limits: DEFAULT_LIMITS };
const connecting = (attempt = 1): ConnectionState => ({ name: 'connecting', attempt });
const waiting: ConnectionState = { name: 'waiting', retryAt: 1, attempt: 3, reason: '' };
const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: '' };
const lost = (code: number, reason = '', random = 0.5): Occurrence => ({
  type: 'lost',
  code,
  reason,
  at: 1000,
  random,
});
const turnedAway = (error: ChatError): Occurrence => ({ type: 'turned_away', error, at: 1000, random: 0.5 });

describe('connecting', () => {
  test('starts at attempt 1 from idle, waiting and refused', () => {
    for (const state of [{ name: 'idle' } as const, waiting, refused]) {
      expect(transition(state, { type: 'connect' })).toEqual(connecting());
    }
  });

  test('is not started again while under way or online', () => {
    expect(transition(online, { type: 'connect' })).toBe(online);
    const state = connecting(4);
    expect(transition(state, { type: 'connect' })).toBe(state);
  });

  test('counts attempts when it is tried again', () => {
    expect(transition(waiting, { type: 'retry' })).toEqual(connecting(4));
    expect(transition(online, { type: 'retry' })).toBe(online);
  });
});

describe('a loss', () => {
  test('while online is followed by a first wait of up to half a second', () => {
    expect(transition(online, lost(1006))).toEqual({
      name: 'waiting',
      retryAt: 1375,
      attempt: 0,
      reason: 'The connection was lost.',
    });
  });

  test('while connecting waits longer with each attempt', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => {
      const state = transition(connecting(attempt), lost(1006, '', 0.999));
      return state.name === 'waiting' ? state.retryAt - 1000 : undefined;
    });
    expect(waits).toEqual([500, 1000, 1999, 3998, 7996, 14_993, 14_993, 14_993]);
  });

  test('is spread by jitter over half of the wait', () => {
    expect(retryDelayMs(3, 0)).toBe(1000);
    expect(retryDelayMs(3, 0.999_999)).toBe(2000);
  });

  test('because the server goes away is followed by a retry within half a second', () => {
    const state = transition(online, lost(CLOSE.goingAway, '', 0.99));
    expect(state).toMatchObject({ name: 'waiting', retryAt: 1496, reason: 'The server is restarting.' });
  });

  test('because of flooding waits out the time that the server counts over', () => {
    expect(transition(online, lost(CLOSE.flooding, '', 0))).toMatchObject({ name: 'waiting', retryAt: 11_000 });
  });

  test('with 4400, 4401 or 4409 is final, in words', () => {
    expect(transition(online, lost(4401))).toEqual({
      name: 'refused',
      code: 'unauthorized',
      message: 'You were signed out.',
    });
    expect(transition(online, lost(4400))).toMatchObject({ name: 'refused', code: 'bad_request' });
    expect(transition(connecting(), lost(4409, 'Version 2, please.'))).toMatchObject({
      name: 'refused',
      message: 'Version 2, please.',
    });
  });

  test('changes nothing when there is nothing to lose', () => {
    for (const state of [waiting, refused]) expect(transition(state, lost(1006))).toBe(state);
  });
});

describe('an error in answer to hello', () => {
  test('is final when trying again can not help', () => {
    expect(transition(connecting(), turnedAway(new ChatError('nick_taken', 'ada is here already.')))).toEqual({
      name: 'refused',
      code: 'nick_taken',
      message: 'ada is here already.',
    });
  });

  test('waits as long as the server says when it can', () => {
    const limited = new ChatError('rate_limited', 'Slowly.', { retryAfterMs: 20_000 });
    expect(transition(connecting(2), turnedAway(limited))).toEqual({
      name: 'waiting',
      retryAt: 21_000,
      attempt: 2,
      reason: 'Slowly.',
    });
    const unavailable = new ChatError('unavailable', 'No database.', { retryAfterMs: 1 });
    expect(transition(connecting(2), turnedAway(unavailable))).toMatchObject({ retryAt: 1750 });
  });
});

test('nothing leaves closed', () => {
  const closed = transition(online, { type: 'close' });
  expect(closed).toEqual({ name: 'closed' });
  const occurrences: Occurrence[] = [
    { type: 'connect' },
    { type: 'retry' },
    { type: 'welcomed', you, limits: DEFAULT_LIMITS },
    lost(1006),
    { type: 'close' },
  ];
  for (const occurrence of occurrences) expect(transition(closed, occurrence)).toBe(closed);
});
