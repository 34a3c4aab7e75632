import { expect, it } from 'vitest';
import { dayWords, timeOfDay } from './clock-words.ts';
import { localWallClock, wallClockIn } from './wall-clock.ts';

const winter = new Date('2026-01-15T23:30:00Z');
const summer = new Date('2026-07-15T23:30:00Z');

it.each([
  ['Europe/Berlin', winter, '00:30'],
  ['Europe/Berlin', summer, '01:30'],
  ['America/New_York', winter, '18:30'],
  ['America/New_York', summer, '19:30'],
  ['Asia/Kolkata', summer, '05:00'],
  ['Asia/Kathmandu', summer, '05:15'],
  ['UTC', summer, '23:30'],
  ['Europe/London', winter, '23:30'],
])('in %s at %s the clock shows %s', (zone, at, shown) => {
  expect(timeOfDay(at, wallClockIn(zone))).toBe(shown);
});

it('changes to summer time in the minute that it begins', () => {
  const berlin = wallClockIn('Europe/Berlin');
  const shown = ['00:59', '01:00'].map((time) => timeOfDay(new Date(`2026-03-29T${time}:00Z`), berlin));
  expect(shown).toEqual(['01:59', '03:00']);
});

it('says Today and Yesterday as the person lives them', () => {
  const now = Date.parse('2026-07-15T23:45:00Z');
  expect(dayWords(summer, now, wallClockIn('UTC'))).toBe('Today');
  expect(dayWords(new Date('2026-07-15T12:00:00Z'), now, wallClockIn('Europe/Berlin'))).toBe('Yesterday');
  expect(dayWords(winter, now, wallClockIn('Europe/Berlin'))).toBe('Friday 16 January');
  expect(dayWords(new Date('2025-01-15T12:00:00Z'), now, wallClockIn('UTC'))).toBe('Wednesday, 15 January 2025');
});

it('is the process’s own for a zone that there is not', () => {
  expect(wallClockIn('Mars/Olympus')).toBe(localWallClock);
  expect(wallClockIn(undefined)).toBe(localWallClock);
});
