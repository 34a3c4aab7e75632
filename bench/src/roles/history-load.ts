/** One reader that asks for pages of a room's history, one after the other, and checks each. */
import { MAX_PAGE_EVENTS } from '@parley/protocol';
import { ParleyConnection } from '../wire/parley-connection.ts';

export type Place = 'newest' | 'middle' | 'oldest';

let connection: ParleyConnection | undefined;

export const role = {
  async open({ port }: { port: number }) {
    connection = await ParleyConnection.open({ port, hello: { nick: `h${process.pid}` } });
  },

  /** Asks `times` times for a page at the place; answers each one's milliseconds. */
  async pages({
    room,
    events,
    place,
    limit,
    times,
  }: {
    room: string;
    events: number;
    place: Place;
    limit: number;
    times: number;
  }) {
    if (connection === undefined) throw new Error('Open the connection first.');
    if (limit > MAX_PAGE_EVENTS) throw new Error(`A page holds at most ${MAX_PAGE_EVENTS} events.`);
    const latencies = new Float64Array(times);
    for (let time = 0; time < times; time++) {
      const before = boundOf(place, events, limit);
      const start = performance.now();
      const page = await connection.ask({ type: 'history', room, before, limit }, 'history');
      latencies[time] = performance.now() - start;
      const last = (before ?? events + 1) - 1;
      const isWhole = page.events.every(({ seq }, index) => seq === last - limit + 1 + index);
      if (page.events.length !== limit || !isWhole)
        throw new Error(`The ${place} page of ${room} is not what was asked for.`);
    }
    return { latencies };
  },
};

/** A different page in the middle each time: one that has just been read is no measure. */
function boundOf(place: Place, events: number, limit: number): number | undefined {
  if (place === 'newest') return undefined;
  return place === 'oldest' ? limit + 1 : Math.floor(events * (0.25 + Math.random() / 2));
}
