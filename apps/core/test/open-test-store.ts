/** A store of a test's own: on the run's real Postgres where there is one, else the embedded database. */
import { openStore, type Store } from '@parley/store';
import { createTestDatabase, makeTemporaryFolder, realPostgres } from '@parley/testkit';

export async function openTestStore(): Promise<{ store: Store; close(): Promise<void> }> {
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
