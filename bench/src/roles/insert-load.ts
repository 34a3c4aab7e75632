/**
 * A peer for ingest: what a chat does that commits each message by itself. One INSERT a statement, over some connections,
 * into a table with the columns and indexes of Parley's.
 */
import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';

const TEXT = 'the quick brown fox jumps over the lazy dog '.repeat(3).slice(0, 100);

let pool: Pool | undefined;
let clients: PoolClient[] = [];

export const role = {
  async open({ url, connections }: { url: string; connections: number }) {
    pool = new Pool({ connectionString: url, max: connections });
    await pool.query(`CREATE TABLE IF NOT EXISTS one_row_events (
      room_id bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, at timestamptz(3) NOT NULL DEFAULT now(),
      sender_id bigint NOT NULL, messages bigint NOT NULL, reply_to bigint, cid uuid NOT NULL, type text NOT NULL,
      sender_nick text NOT NULL, text text, PRIMARY KEY (room_id, seq), UNIQUE (room_id, sender_id, cid))`);
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
          await client.query({
            ...(prepared ? { name: 'insert' } : {}),
            text: `INSERT INTO one_row_events (room_id, sender_id, messages, cid, type, sender_nick, text)
              VALUES ($1, $2, 0, $3, 'message', 'ada', $4)`,
            values: [messages % rooms, sender, randomUUID(), TEXT],
          });
          messages += 1;
        }
      }),
    );
    return { messages, seconds: (performance.now() - start) / 1000 };
  },

  /** One connection, one row, one commit, again and again: answers each one's milliseconds. */
  async commit({ times }: { times: number }) {
    const [client] = clients;
    const latencies = new Float64Array(times);
    for (let time = 0; time < times; time++) {
      const start = performance.now();
      await client?.query({
        name: 'insert',
        text: `INSERT INTO one_row_events (room_id, sender_id, messages, cid, type, sender_nick, text)
          VALUES ($1, $2, 0, $3, 'message', 'ada', $4)`,
        values: [1, 1, randomUUID(), TEXT],
      });
      latencies[time] = performance.now() - start;
    }
    return { latencies };
  },

  async close() {
    for (const client of clients) client.release();
    await pool?.end();
  },
};
