/** A core with the database it needs: what a program that runs one starts and closes. */
import { randomUUID } from 'node:crypto';
import { type Logger, StartError } from '@parley/service';
import { openStore, type Store, StoreRefused, StoreUnavailable } from '@parley/store';
import type { CoreConfig } from './config.ts';
import { type Core, createCore } from './server.ts';

/** Between a start that may take long and whoever waits for it. */
export interface StartProgress {
  /** Tells a person what is going on. */
  readonly tell: (line: string) => void;
  /** Aborted when nobody wants it any more. */
  readonly stopping: AbortSignal;
}

/** Opens the database and puts a core on it. Throws a StartError that says in words what is wrong with the database. */
export async function openCore(config: CoreConfig, log: Logger, progress: StartProgress): Promise<Core> {
  const replica = randomUUID();
  const store = await openDatabase(config, replica, log, progress);
  try {
    const core = await createCore({ config, store, log, replica });
    return {
      ...core,
      async close() {
        await core.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openDatabase(
  { databaseUrl: url, dataDir }: CoreConfig,
  replica: string,
  log: Logger,
  { tell, stopping }: StartProgress,
): Promise<Store> {
  tell(url === undefined ? `Opening the embedded database in ${dataDir}…` : 'Connecting to Postgres…');
  try {
    return await openStore({ url, dataDir, replica, onNotice: tell, stopping, log });
  } catch (error) {
    if (error instanceof StoreRefused || error instanceof StoreUnavailable) throw new StartError(error.message);
    throw error;
  }
}
