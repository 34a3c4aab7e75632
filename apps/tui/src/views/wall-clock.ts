/** What clocks on the wall show in a time zone. Zones are few and shared by all terminals of the process. */
import { BoundedMap } from '@parley/protocol';
import { QUARTER_MS } from '../state/quarter-hour.ts';

export interface WallClock {
  /** A date whose UTC fields are the wall's. */
  at(moment: Date): Date;
}

const MINUTE_MS = 60_000;
/** There are some 450 zones; a formatter takes tens of kilobytes. */
const MAX_ZONES = 64;

const shift = (moment: Date, offsetMs: number): Date => new Date(moment.getTime() + offsetMs);

/** The wall of the process itself. */
export const localWallClock: WallClock = {
  at: (moment) => shift(moment, -moment.getTimezoneOffset() * MINUTE_MS),
};

const zones = new BoundedMap<string, WallClock>(MAX_ZONES);

/** The wall in a zone such as `Europe/Berlin`; the process's own for a name that no zone has. */
export function wallClockIn(timezone: string | undefined): WallClock {
  if (timezone === undefined) return localWallClock;
  const known = zones.get(timezone);
  if (known !== undefined) return known;
  const clock = makeClock(timezone);
  zones.set(timezone, clock);
  return clock;
}

function makeClock(timezone: string): WallClock {
  let format: Intl.DateTimeFormat;
  try {
    const timeZone = timezone;
    format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return localWallClock;
  }
  // Messages come in the order of time: the last answer is good for most.
  let quarter = Number.NaN;
  let offsetMs = 0;
  return {
    at(moment) {
      const current = Math.floor(moment.getTime() / QUARTER_MS);
      if (current !== quarter) {
        quarter = current;
        offsetMs = offsetOf(format, moment);
      }
      return shift(moment, offsetMs);
    },
  };
}

/** From `GMT+05:30`; plain `GMT` is none. */
function offsetOf(format: Intl.DateTimeFormat, moment: Date): number {
  const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/u.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}
