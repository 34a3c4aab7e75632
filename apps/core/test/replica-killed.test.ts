/** Replicas behind a load balancer, of which one is killed. */
import { ChatClient } from '@parley/client';
import type { RoomEvent } from '@parley/protocol';
import { createTestDatabase, failOnLeaks, listen, pollFor, TestServer } from '@parley/testkit';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { LocalRedis } from './local-redis.ts';
import { uniqueNick, uniqueRoom } from './start-test-core.ts';
import { replicasOfTest } from './start-replicas.ts';

failOnLeaks();
const replicas = replicasOfTest();

test('one of three that is killed under load loses and doubles nothing, and its people go offline', async () => {
  const redis = await LocalRedis.start();
  replicas.atEnd(() => redis.close());
  const database = await createTestDatabase();
  replicas.atEnd(() => database.drop());
  const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, RATE_LIMITS: 'off' };
  const servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ program: 'core', env })));
  for (const server of servers) replicas.atEnd(() => server.close());
  const balancer = await startBalancer(() => servers.filter(({ isRunning }) => isRunning).map(({ port }) => port));
  replicas.atEnd(() => balancer.close());

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
  const total = PER_PERSON * people.length;
  /** What was on the way of each one whom the kill cut off. */
  const onTheWay: number[] = [];
  for (const { client } of people) {
    client.on('state', ({ name }) => {
      if (name !== 'online') onTheWay.push(client.pending(room).length);
    });
  }
  const kill = async (): Promise<void> => {
    const seen = (): number => people[0]?.events.length ?? 0;
    await pollFor(seen, (events) => events > total / 2, { intervalMs: 1 });
    await doomed.kill('SIGKILL');
  };
  await Promise.all([...people.map(({ client }) => write(client, room, PER_PERSON)), kill()]);

  expect(Math.max(...onTheWay)).toBeGreaterThan(0);
  const messagesOf = (events: readonly RoomEvent[]) =>
    events.flatMap((each) => (each.type === 'message' ? [each] : []));
  await pollFor(
    () => people.map(({ events }) => messagesOf(events).length),
    people.map(() => total),
  );
  for (const { client, nick, events } of people) {
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => (events[0]?.seq ?? 0) + index));
    expect(new Set(messagesOf(events).map(({ cid }) => cid)).size).toBe(total);
    const own = messagesOf(events).filter(({ from }) => from.nick === nick);
    expect(own.map(({ text }) => text)).toEqual(Array.from({ length: PER_PERSON }, (_, index) => String(index)));
    expect(client.pending(room)).toEqual([]);
  }
  await pollFor(() => onlineNicks(people[1], room), people.map(({ nick }) => nick).toSorted());
});

/** Has a few messages on the way all the time: the next one goes when an earlier one is acknowledged. */
async function write(client: ChatClient, room: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    client.send(room, String(index));
    await pollFor(
      () => client.pending(room).length,
      (waiting) => waiting < 5,
      { intervalMs: 1, what: 'an acknowledgement' },
    );
  }
}

type Person = Awaited<ReturnType<typeof openClient>>;

async function openClient(port: number) {
  const nick = uniqueNick();
  const client = new ChatClient({ url: `ws://127.0.0.1:${port}/ws`, credentials: { nick } });
  replicas.atEnd(() => client.close());
  const events: RoomEvent[] = [];
  client.on('joined', (joined) => events.push(...joined.events));
  client.on('events', (more) => events.push(...more));
  client.connect();
  await pollFor(() => client.state.name, 'online');
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
  const listening = await listen(server);
  return {
    port: listening.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await listening.close();
    },
  };
}
