/** A table with the columns and indexes of Parley's log, filled with one INSERT a message: what its peers commit. */
import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';

export const ONE_ROW_EVENTS = `CREATE TABLE IF NOT EXISTS one_row_events (
  room_id bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, at timestamptz(3) NOT NULL DEFAULT now(),
  sender_id bigint NOT NULL, messages bigint NOT NULL, reply_to bigint, cid uuid NOT NULL, type text NOT NULL,
  sender_nick text NOT NULL, text text, PRIMARY KEY (room_id, seq), UNIQUE (room_id, sender_id, cid))`;

/** Resolves when the message is committed. */
export async function insertEvent(
  client: ClientBase,
  { room, sender, text, prepared }: { room: number; sender: number; text: string; prepared: boolean },
): Promise<void> {
  await client.query({
    ...(prepared ? { name: 'insert' } : {}),
    text: `INSERT INTO one_row_events (room_id, sender_id, messages, cid, type, sender_nick, text)
      VALUES ($1, $2, 0, $3, 'message', 'ada', $4)`,
    values: [room, sender, randomUUID(), text],
  });
}
