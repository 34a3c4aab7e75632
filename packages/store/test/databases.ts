/** Stores for the tests: one on the embedded database in a folder of its own, or one on a database of a real Postgres. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createTestDatabase, makeTemporaryFolder, realPostgres } from '@parley/testkit';
import { type NewEvent, type RoomRow, type Store, type User, openStore } from '../src/index.ts';

export interface OpenedStore {
  readonly store: Store;
  /** The address, when it is a Postgres. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** The kinds to run the contract on, and why one can't be. */
export const kinds = [
  { kind: 'embedded', missing: undefined },
  { kind: 'postgres', missing: realPostgres().missing },
] as const;

export const hasPostgres = realPostgres().url !== undefined;

/** Where it is not said which, on a real Postgres if there is one. */
export async function openTestStore(
  kind: 'embedded' | 'postgres' = hasPostgres ? 'postgres' : 'embedded',
): Promise<OpenedStore> {
  const folder = makeTemporaryFolder();
  const database = kind === 'postgres' ? await createTestDatabase() : undefined;
  const store = await openStore({ url: database?.url, dataDir: folder.path, replica: 'test' });
  return {
    store,
    url: database?.url,
    async close() {
      await store.close();
      await database?.drop();
      folder.remove();
    },
  };
}

/** Sets the room with this folded slug back to how it was when its log ended at `lastSeq`, as a restored backup would. */
export async function setRoomBack({ url }: OpenedStore, key: string, lastSeq: number): Promise<void> {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    await database.query('delete from events where room_id = (select id from rooms where key = $1) and seq > $2', [
      key,
      lastSeq,
    ]);
    await database.query(
      `update rooms set last_seq = $2,
         message_count = (select count(*) from events where room_id = rooms.id and type = 'message') where key = $1`,
      [key, lastSeq],
    );
  } finally {
    await database.end();
  }
}

/** Removes the room with this folded slug and gives its id back, as a backup from before the room would. */
export async function removeRoom({ url }: OpenedStore, key: string): Promise<void> {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    const { rows } = await database.query<{ id: string }>('select id from rooms where key = $1', [key]);
    for (const table of ['memberships', 'read_marks', 'events']) {
      await database.query(`delete from ${table} where room_id = $1`, [rows[0]?.id]);
    }
    await database.query('delete from rooms where id = $1', [rows[0]?.id]);
    await database.query("select setval(pg_get_serial_sequence('rooms', 'id'), $1, false)", [rows[0]?.id]);
  } finally {
    await database.end();
  }
}

/** A name that no other test uses. */
export const newName = (start: string): string => `${start}-${randomBytes(4).toString('hex')}`;

/** A guest who has just come, with a nick and a session. */
export async function addGuest(store: Store, nick = newName('guest')): Promise<User> {
  const expiresAt = new Date(Date.now() + 60_000);
  const made = await store.users.createGuest({ nick, key: nick, ttlMs: 60_000, expiresAt });
  if (made === 'taken') throw new Error(`There already is a ${nick}.`);
  return made.user;
}

export async function addAccount(store: Store): Promise<User> {
  const nick = newName('account');
  const made = await store.users.createAccount({ nick, key: nick, passwordHash: 'hash' });
  if (made === 'taken') throw new Error(`There already is a ${nick}.`);
  return made;
}

export async function addRoom(store: Store, creator: User, kind: 'public' | 'private' = 'public'): Promise<RoomRow> {
  const slug = newName('room');
  const made = await store.rooms.create({ slug, key: slug, title: '', topic: '', kind, creator });
  if (made === 'exists') throw new Error(`There already is a room ${slug}.`);
  return made.room;
}

export const aMessage = (room: { id: string }, sender: User, text: string, cid: string = randomUUID()): NewEvent => ({
  roomId: room.id,
  sender: { id: sender.id, nick: sender.nick },
  type: 'message',
  text,
  cid,
});

export const aChange = (room: { id: string }, sender: User, type: 'member.joined' | 'member.left'): NewEvent => ({
  roomId: room.id,
  sender: { id: sender.id, nick: sender.nick },
  type,
});

/** The whole log of a room, page by page; fails when it has a gap, a time that goes back, or a wrong count. */
export async function readWholeLog(
  store: Store,
  roomId: string,
): Promise<Awaited<ReturnType<Store['log']['page']>>['events']> {
  const events = [];
  let more = true;
  while (more) {
    const page = await store.log.page({ roomId, after: events.length, limit: 200 });
    events.push(...page.events);
    more = page.more;
  }
  let messages = 0;
  let at = 0;
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) throw new Error(`Room ${roomId} has seq ${event.seq} where ${index + 1} belongs.`);
    if (event.type === 'message') messages += 1;
    if (event.messages !== messages)
      throw new Error(`Event ${event.seq} counts ${event.messages} messages, not ${messages}.`);
    if (event.at.getTime() < at) throw new Error(`The time goes back at event ${event.seq}.`);
    at = event.at.getTime();
  }
  const head = (await store.rooms.heads([roomId])).get(roomId);
  if (head?.lastSeq !== events.length)
    throw new Error(`The head is ${head?.lastSeq}, the log ends at ${events.length}.`);
  if (head.messages !== messages) throw new Error(`The room counts ${head.messages} messages, not ${messages}.`);
  return events;
}
