/** Times as people read them, on their wall's clock; without one, in the time zone of the process. */
import { localWallClock, type WallClock } from './wall-clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
// Given dates whose UTC fields are the wall's.
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `08:05`. */
export function timeOfDay(at: Date, clock: WallClock = localWallClock): string {
  const wall = clock.at(at);
  return `${String(wall.getUTCHours()).padStart(2, '0')}:${String(wall.getUTCMinutes()).padStart(2, '0')}`;
}

/** The same for all moments of a day. */
export function dayKey(at: Date, clock: WallClock = localWallClock): number {
  const wall = clock.at(at);
  return wall.getUTCFullYear() * 10_000 + wall.getUTCMonth() * 100 + wall.getUTCDate();
}

/** `Today`, `Yesterday`, or the date; with its year when that is another one. */
export function dayWords(at: Date, now: number, clock: WallClock = localWallClock): string {
  if (dayKey(at, clock) === dayKey(new Date(now), clock)) return 'Today';
  if (dayKey(at, clock) === dayKey(new Date(now - DAY_MS), clock)) return 'Yesterday';
  const wall = clock.at(at);
  return (wall.getUTCFullYear() === clock.at(new Date(now)).getUTCFullYear() ? day : dayAndYear).format(wall);
}

/** Whole seconds until a moment, at least one. */
export const secondsUntil = (end: number, now: number): number => Math.max(1, Math.ceil((end - now) / 1000));
