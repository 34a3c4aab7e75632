/** Replicas of the core in this process, each with a store of its own, on one Postgres and one Redis of a test's own. */
import { openStore, type Store } from '@parley/store';
import { createTestDatabase, pollFor, type RawClient, type TestDatabase } from '@parley/testkit';
import { afterEach, beforeEach, expect } from 'vitest';
import { LocalRedis, replicasMissing } from './local-redis.ts';
import { message, seqsOf, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

export type Replica = TestCore & { readonly store: Store; closeReplica(): Promise<void> };

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
      // Of the clocks that limits count on, Redis's alone goes on.
      limitClock: () => 0,
      settings: { REDIS_URL: this.redis.url, DATABASE_URL: this.database.url, ...settings },
    });
    let closed: Promise<void> | undefined;
    const closeReplica = (): Promise<void> => (closed ??= core.close().then(() => store.close()));
    const replica = { ...core, store, closeReplica };
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

/** In a file's top level: replicas of each test's own, closed when it ends. Where there can be none its tests are left out. */
export function replicasOfTest() {
  const closers: (() => unknown)[] = [];
  beforeEach((ctx) => {
    if (replicasMissing !== undefined) ctx.skip(replicasMissing);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });
  const start = async (count: number, settings?: Record<string, string>): Promise<ReplicaSet> => {
    const set = await ReplicaSet.start(count, settings);
    closers.push(() => set.close());
    return set;
  };
  return {
    /** Does it when the test ends; the last first. */
    atEnd: (close: () => unknown) => void closers.push(close),
    start,
    startTwo: async () => gatherTwo(await start(2)),
  };
}

/** A person on each of two replicas, in one room. */
async function gatherTwo(set: ReplicaSet) {
  const room = uniqueRoom();
  const nicks = [uniqueNick(), uniqueNick()] as const;
  const [ada, bob] = [await set.at(0).enter(nicks[0]), await set.at(1).enter(nicks[1])];
  await ada.request({ type: 'room.create', room });
  await bob.request({ type: 'room.join', room });
  /** Something is said, and comes to the other. */
  const crossing = async (): Promise<void> => {
    const sent = message(room);
    const [answer] = await Promise.all([ada.request(sent), bob.next({ type: 'message', cid: sent.cid })]);
    expect(answer).toMatchObject({ type: 'ok' });
  };
  const seeNothingMissing = (): void => {
    const seqs = seqsOf(bob.messages, room);
    const first = seqs[0] ?? 0;
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => first + index));
  };
  return { set, room, nicks, ada, bob, crossing, seeNothingMissing };
}

/** Waits until what travels by Redis alone comes across: then so has what the writer's replica has told before. */
export async function seeHintCross(writer: RawClient, reader: RawClient, room: string): Promise<void> {
  await pollFor(
    () => {
      writer.send({ type: 'typing', room });
      return reader.unread({ type: 'typing', room }).length;
    },
    (typed) => typed > 0,
    { intervalMs: 200, what: 'a hint to come across' },
  );
}

/** Who is online in a room, as one connection is told when it joins. */
export async function onlineIn(client: RawClient, room: string): Promise<string[]> {
  const answer = await client.request({ type: 'room.join', room });
  const members = answer['members'] as { nick: string; online: boolean }[];
  return members.flatMap(({ nick, online }) => (online ? [nick] : [])).toSorted();
}

/** Waits until a connection is told that so many of these are online. */
export const pollOnline = (client: RawClient, room: string, nicks: readonly string[]) =>
  pollFor(() => onlineIn(client, room), [...nicks].toSorted(), { intervalMs: 50 });
