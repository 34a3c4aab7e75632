/** Two replicas on one database of a real Postgres, new for each test, and a connection to it beside them. */
import { Client } from 'pg';
import { afterEach, beforeEach } from 'vitest';
import { type RoomRow, type Store, type User, openStore } from '../src/index.ts';
import { type OpenedStore, addGuest, addRoom, openTestStore } from './databases.ts';

export interface TwoReplicas {
  readonly opened: OpenedStore;
  readonly store: Store;
  readonly replica: Store;
  /** The test's own connection. */
  readonly admin: Client;
  readonly ada: User;
  /** Rooms of hers. */
  readonly addRooms: (count: number) => Promise<RoomRow[]>;
}

/** Two replicas for each test of a `describe`. */
export function useTwoReplicas(): () => TwoReplicas {
  let current: TwoReplicas | undefined;
  beforeEach(async () => {
    const opened = await openTestStore('postgres');
    const { store, url } = opened;
    const replica = await openStore({ url, dataDir: '', replica: 'second' });
    const admin = new Client({ connectionString: url });
    await admin.connect();
    const ada = await addGuest(store);
    const addRooms = async (count: number): Promise<RoomRow[]> => {
      const rooms = [];
      for (let n = 0; n < count; n += 1) rooms.push(await addRoom(store, ada));
      return rooms;
    };
    current = { opened, store, replica, admin, ada, addRooms };
  });
  afterEach(async () => {
    await current?.admin.end();
    await current?.replica.close();
    await current?.opened.close();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('There are replicas within a test only.');
    return current;
  };
}
