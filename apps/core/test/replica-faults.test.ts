/** Replicas while Redis is lost, stands still, or one of them is killed: nothing is lost or doubled, at worst it is late. */
import { ChatClient } from '@parley/client';
import type { RoomEvent } from '@parley/protocol';
import { createTestDatabase, failOnLeaks, pollFor, TestServer } from '@parley/testkit';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalRedis } from './local-redis.ts';
import { message, seqsOf, sendMany, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { pollOnline, ReplicaSet, replicasMissing } from './start-replicas.ts';

const missing = replicasMissing();
const closers: (() => unknown)[] = [];

beforeEach((ctx) => {
  if (missing !== undefined) ctx.skip(missing);
});
failOnLeaks();
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Two replicas with a person on each, in one room. */
async function startTwo() {
  const set = await ReplicaSet.start(2);
  closers.push(() => set.close());
  const room = uniqueRoom();
  const nicks = [uniqueNick(), uniqueNick()] as const;
  const [ada, bob] = [await set.at(0).enter(nicks[0]), await set.at(1).enter(nicks[1])];
  await ada.request({ type: 'room.create', room });
  await bob.request({ type: 'room.join', room });
  /** Milliseconds until what one of them writes comes to the other. */
  const crossing = async (): Promise<number> => {
    const sent = message(room);
    const startedAt = performance.now();
    const [answer] = await Promise.all([
      ada.request(sent),
      bob.next({ type: 'message', cid: sent.cid }, { timeoutMs: 8000 }),
    ]);
    expect(answer).toMatchObject({ type: 'ok' });
    return performance.now() - startedAt;
  };
  const nothingIsMissing = (): void => {
    const seqs = seqsOf(bob.messages, room);
    const first = seqs[0] ?? 0;
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => first + index));
  };
  return { set, room, nicks, ada, bob, crossing, nothingIsMissing };
}

test('Redis that dies and comes back empty costs delays only', async () => {
  const { set, room, nicks, ada, bob, crossing, nothingIsMissing } = await startTwo();
  await crossing();
  await set.redis.kill();
  // By the comparison of the logs: promised are two seconds, the rest is for a busy machine.
  for (let round = 0; round < 2; round += 1) expect(await crossing()).toBeLessThan(3500);
  await Promise.all([sendMany(ada, room, 150, 'from here'), sendMany(bob, room, 150, 'from there')]);
  const cyd = await set.at(1).enter(uniqueNick());
  await cyd.request({ type: 'room.join', room });
  await set.redis.restart();

  await pollFor(crossing, (ms) => ms < 200, { timeoutMs: 10_000, what: 'hints to arrive again' });
  // Whoever came while Redis was away is told of, and nobody was thought to be gone.
  const welcome = cyd.messages.find((each) => each.type === 'welcome');
  await pollOnline(ada, room, [...nicks, welcome?.you.nick ?? '']);
  await pollFor(
    () => {
      ada.send({ type: 'typing', room });
      return bob.unread({ type: 'typing' }).length;
    },
    (typed) => typed > 0,
    { intervalMs: 200 },
  );
  nothingIsMissing();
});

test('a direct room that was opened while Redis was away is known to both when it is back', async () => {
  const { set, nicks, ada, bob } = await startTwo();
  await set.redis.kill();
  const [, bobNick] = nicks;
  const { room } = (await ada.request({ type: 'direct.open', nick: bobNick }))['room'] as { room: string };
  await ada.request(message(room, 'psst'));
  await set.redis.restart();
  const isDirect = (each: object): boolean => JSON.stringify(each).includes(`"room":"${room}"`);
  const told = await bob.next((each) => each.type === 'room.created' && isDirect(each), { timeoutMs: 10_000 });
  expect(told['room']).toMatchObject({ kind: 'direct', unread: 1, member: true });
});

test('activity reaches members of rooms that are not live without Redis', async () => {
  const { set, room, ada, bob } = await startTwo();
  await bob.request({ type: 'room.close', room });
  await set.redis.kill();
  const { seq } = await ada.request(message(room));
  expect(await bob.next({ type: 'room.activity', room, lastSeq: seq })).toMatchObject({ unread: 1 });
});

test('Redis that stands still for some seconds keeps nobody waiting, and is caught up with', async () => {
  const { set, room, nicks, ada, bob, crossing, nothingIsMissing } = await startTwo();
  await crossing();
  set.redis.pause();
  const pausedAt = performance.now();
  while (performance.now() - pausedAt < 5000) {
    const startedAt = performance.now();
    expect(await ada.request(message(room))).toMatchObject({ type: 'ok' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(await crossing()).toBeLessThan(3500);
    await sendMany(bob, room, 50, 'meanwhile');
  }
  set.redis.resume();
  await pollFor(crossing, (ms) => ms < 200, { timeoutMs: 10_000, what: 'hints to arrive again' });
  await pollOnline(ada, room, nicks);
  nothingIsMissing();
});

test('limits are counted by each replica while Redis stands still', async () => {
  const set = await ReplicaSet.start(1, { RATE_LIMITS: 'on' });
  closers.push(() => set.close());
  const ada = await set.at(0).enter();
  set.redis.pause();
  const startedAt = performance.now();
  await sendMany(ada, 'lobby', 80, 'hi');
  const seconds = (performance.now() - startedAt) / 1000;
  const taken = ada.messages.filter((each) => each.type === 'ok').length;
  expect(taken).toBeGreaterThanOrEqual(60);
  expect(taken).toBeLessThanOrEqual(61 + Math.ceil(10 * seconds));
  expect(seconds).toBeLessThan(4);
});

test('a replica starts without Redis, and finds the others when it comes', async () => {
  const { set, room, nicks } = await startTwo();
  await set.redis.kill();
  const third = await set.add();
  const nick = uniqueNick();
  const cyd = await third.enter(nick);
  await cyd.request({ type: 'room.join', room });
  await set.redis.restart();
  const everyone = [...nicks, nick].toSorted();
  expect(await pollOnline(cyd, room, everyone, 10_000)).toEqual(everyone);
});

test('one of three that is killed under load loses and doubles nothing, and its people go offline', async () => {
  const redis = await LocalRedis.start();
  closers.push(() => redis.close());
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, RATE_LIMITS: 'off' };
  const servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ program: 'core', env })));
  for (const server of servers) closers.push(() => server.close());
  const balancer = await startBalancer(() => servers.filter(({ isRunning }) => isRunning).map(({ port }) => port));
  closers.push(() => balancer.close());

  const room = uniqueRoom();
  const people = await Promise.all([0, 1, 2].map(() => openClient(balancer.port)));
  // One person whom nothing brings back.
  const [doomed] = servers;
  if (doomed === undefined) throw new Error('unreachable');
  const ghost = await openClient(doomed.port);
  await people[0]?.client.request('room.create', { room });
  for (const { client } of [...people, ghost]) await client.join(room);
  await pollFor(
    () => onlineNicks(people[1], room),
    (nicks) => nicks.length === 4,
  );

  const PER_PERSON = 300;
  let killed: Promise<unknown> | undefined;
  for (let index = 0; index < PER_PERSON; index += 1) {
    for (const { client } of people) client.send(room, String(index));
    if (index === PER_PERSON / 2) killed = doomed.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await killed;
  const killedAt = performance.now();

  const total = PER_PERSON * people.length;
  const messagesOf = (events: readonly RoomEvent[]) =>
    events.flatMap((each) => (each.type === 'message' ? [each] : []));
  await pollFor(
    () => people.map(({ events }) => messagesOf(events).length),
    people.map(() => total),
    { timeoutMs: 30_000 },
  );
  for (const { client, nick, events } of people) {
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => (events[0]?.seq ?? 0) + index));
    expect(new Set(messagesOf(events).map(({ cid }) => cid)).size).toBe(total);
    const own = messagesOf(events).filter(({ from }) => from.nick === nick);
    expect(own.map(({ text }) => text)).toEqual(Array.from({ length: PER_PERSON }, (_, index) => String(index)));
    expect(client.pending(room)).toEqual([]);
  }
  await pollFor(() => onlineNicks(people[1], room), people.map(({ nick }) => nick).toSorted(), { timeoutMs: 25_000 });
  expect(performance.now() - killedAt).toBeLessThan(22_000);
}, 90_000);

type Person = Awaited<ReturnType<typeof openClient>>;

async function openClient(port: number) {
  const nick = uniqueNick();
  const client = new ChatClient({ url: `ws://127.0.0.1:${port}/ws`, credentials: { nick } });
  closers.push(() => client.close());
  const events: RoomEvent[] = [];
  client.on('joined', (joined) => events.push(...joined.events));
  client.on('event', (event) => events.push(event));
  client.connect();
  await pollFor(() => client.state.name, 'online', { timeoutMs: 10_000 });
  return { nick, client, events };
}

async function onlineNicks(person: Person | undefined, room: string): Promise<string[]> {
  const { members } = (await person?.client.request('room.members', { room })) ?? { members: [] };
  return members.flatMap(({ nick, online }) => (online ? [nick] : [])).toSorted();
}

/** Hands each connection to the next of the ports, as a load balancer without sticky sessions does. */
async function startBalancer(ports: () => readonly number[]) {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const open = ports();
    const upstream = connect(open[(turn += 1) % open.length] ?? 0, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        sockets.delete(socket);
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
