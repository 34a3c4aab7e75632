/** A store of a test's own: on the run's real Postgres where there is one, else the embedded database. */
import { openStore, type Store } from '@parley/store';
import { createTestDatabase, makeTemporaryFolder, realPostgres } from '@parley/testkit';
import { afterAll, beforeAll } from 'vitest';

interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

export async function openTestStore(): Promise<OpenedStore> {
  const folder = makeTemporaryFolder();
  const database = realPostgres().missing === undefined ? await createTestDatabase() : undefined;
  const store = await openStore({ url: database?.url, dataDir: folder.path, replica: 'test', poolSize: 4 });
  return {
    store,
    async close() {
      await store.close();
      await database?.drop();
      folder.remove();
    },
  };
}

/** In a file's top level: a store for all of its tests, closed after everything that the file itself closes. */
export function storeOfFile(): { readonly store: Store } {
  let opened: OpenedStore | undefined;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened?.close());
  return {
    get store() {
      if (opened === undefined) throw new Error('The store is opened before the tests, not before the file.');
      return opened.store;
    },
  };
}
