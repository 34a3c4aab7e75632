/**
 * A peer for ingest: what a chat does that commits each message by itself. One INSERT a statement, over some connections,
 * into a table with the columns and indexes of Parley's.
 */
import { Pool, type PoolClient } from 'pg';
import { insertEvent, ONE_ROW_EVENTS } from '../one-row-events.ts';

const TEXT = 'the quick brown fox jumps over the lazy dog '.repeat(3).slice(0, 100);

let pool: Pool | undefined;
let clients: PoolClient[] = [];

export const role = {
  async open({ url, connections }: { url: string; connections: number }) {
    pool = new Pool({ connectionString: url, max: connections });
    await pool.query(ONE_ROW_EVENTS);
    const source = pool;
    clients = await Promise.all(Array.from({ length: connections }, () => source.connect()));
  },

  /** Each connection inserts one row after the other, as `pg` is mostly used or as a prepared statement; how many were committed. */
  async insert({ seconds, rooms, prepared }: { seconds: number; rooms: number; prepared: boolean }) {
    const start = performance.now();
    const stopAt = start + seconds * 1000;
    let messages = 0;
    await Promise.all(
      clients.map(async (client, sender) => {
        while (performance.now() < stopAt) {
          await insertEvent(client, { room: messages % rooms, sender, text: TEXT, prepared });
          messages += 1;
        }
      }),
    );
    return { messages, seconds: (performance.now() - start) / 1000 };
  },

  /** One connection, one row, one commit, again and again, each after a pause: answers each one's milliseconds. */
  async commit({ times, pauseMs = 0 }: { times: number; pauseMs?: number }) {
    const [client] = clients;
    const latencies = new Float64Array(times);
    for (let time = 0; time < times; time++) {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const start = performance.now();
      if (client !== undefined) await insertEvent(client, { room: 1, sender: 1, text: TEXT, prepared: true });
      latencies[time] = performance.now() - start;
    }
    return { latencies };
  },

  async close() {
    for (const client of clients) client.release();
    await pool?.end();
  },
};
