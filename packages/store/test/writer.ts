/**
 * A process to kill: opens the embedded database in the folder that it is given and appends to the lobby, one batch
 * after the other. Says `refused …` when it can't open, else `open`, then `<seq> <cid>` for each event acknowledged.
 */
import { randomUUID } from 'node:crypto';
import { type NewEvent, openStore } from '../src/index.ts';

const BATCH = 20;

async function run(dataDir: string): Promise<void> {
  const store = await openStore({ dataDir, replica: 'writer' });
  const lobby = await store.rooms.bySlug('lobby');
  const made = await store.users.createGuest({ nick: 'writer', key: randomUUID(), ttlMs: 0, expiresAt: new Date() });
  console.log('open');
  if (lobby === undefined || made === 'taken') return;
  for (;;) {
    const batch = Array.from({ length: BATCH }, (): NewEvent => ({
      roomId: lobby.id,
      sender: made.user,
      type: 'message',
      text: 'x'.repeat(200),
      cid: randomUUID(),
    }));
    for (const outcome of await store.log.append(batch)) {
      if (outcome.status !== 'appended') throw new Error(outcome.status);
      if (outcome.event.type === 'message') console.log(`${outcome.event.seq} ${outcome.event.cid}`);
    }
  }
}

run(process.argv[2] ?? '').catch((error: unknown) => {
  console.log(`refused ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
