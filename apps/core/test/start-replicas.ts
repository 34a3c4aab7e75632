/** Replicas of the core in this process, each with a store of its own, on one Postgres and one Redis of a test's own. */
import { openStore } from '@parley/store';
import { createTestDatabase, pollFor, type RawClient, realPostgres, type TestDatabase } from '@parley/testkit';
import { LocalRedis, redisBinary } from './local-redis.ts';
import { startTestCore, type TestCore } from './start-test-core.ts';

/** Why there can be no replicas on this machine; undefined where there can. */
export function replicasMissing(): string | undefined {
  if (redisBinary === undefined) return 'no local redis-server';
  return realPostgres().missing === undefined ? undefined : 'no real Postgres';
}

export type Replica = TestCore & { closeReplica(): Promise<void> };

export class ReplicaSet {
  readonly redis: LocalRedis;
  readonly database: TestDatabase;
  readonly cores: Replica[] = [];

  private constructor(redis: LocalRedis, database: TestDatabase) {
    this.redis = redis;
    this.database = database;
  }

  static async start(count: number, settings: Record<string, string> = {}): Promise<ReplicaSet> {
    const set = new ReplicaSet(await LocalRedis.start(), await createTestDatabase());
    for (let index = 0; index < count; index += 1) await set.add(settings);
    return set;
  }

  /** One more replica. */
  async add(settings: Record<string, string> = {}): Promise<Replica> {
    const store = await openStore({ url: this.database.url, dataDir: '', replica: 'test', poolSize: 4 });
    const core = await startTestCore(store, {
      settings: { REDIS_URL: this.redis.url, DATABASE_URL: this.database.url, ...settings },
    });
    let closed: Promise<void> | undefined;
    const closeReplica = (): Promise<void> => (closed ??= core.close().then(() => store.close()));
    const replica = { ...core, closeReplica };
    this.cores.push(replica);
    return replica;
  }

  /** The replica of this number, from 0. */
  at(index: number): Replica {
    const core = this.cores[index];
    if (core === undefined) throw new Error(`There is no replica ${index}.`);
    return core;
  }

  async close(): Promise<void> {
    this.redis.resume();
    await Promise.all(this.cores.map((core) => core.closeReplica()));
    await this.redis.close();
    await this.database.drop();
  }
}

/** Who is online in a room, as one connection is told when it joins. */
export async function onlineIn(client: RawClient, room: string): Promise<string[]> {
  const answer = await client.request({ type: 'room.join', room });
  const members = answer['members'] as { nick: string; online: boolean }[];
  return members.flatMap(({ nick, online }) => (online ? [nick] : [])).toSorted();
}

/** Waits until a connection is told that so many of these are online. */
export const pollOnline = (client: RawClient, room: string, nicks: readonly string[], timeoutMs = 5000) =>
  pollFor(() => onlineIn(client, room), [...nicks].toSorted(), { timeoutMs, intervalMs: 50 });
