/** Two clients and a real core on a real database, which goes away and comes back while they write. */
import { setImmediate as turn } from 'node:timers/promises';
import { ChatClient, type ChatClientOptions, openWebSocket, TrunkSockets } from '@parley/client';
import { type RoomEvent, TICKET_HEADER } from '@parley/protocol';
import { createLogger, makeTicket, SettingsReader, startHttpServer } from '@parley/service';
import type { Store } from '@parley/store';
import { pollFor, TEST_SECRET } from '@parley/testkit';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { readCoreConfig } from '../src/config.ts';
import { createCore } from '../src/server.ts';
import { openTestStore } from '../../../packages/store/test/databases.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A core on the store; a port of 0 is any. */
async function startCore(store: Store, port: number) {
  const config = readCoreConfig(new SettingsReader({ RATE_LIMITS: 'off', JWT_SECRET: TEST_SECRET }));
  const core = await createCore({ config, store, log: createLogger('test', 'silent'), replica: 'test' });
  const server = await startHttpServer({ host: '127.0.0.1', port }, express().use(core.router), [core.handleUpgrade]);
  const close = async (): Promise<void> => {
    const stopped = server.close();
    await core.close();
    await stopped;
  };
  closers.push(close);
  return { port: server.port, close };
}

/** Looks at news some milliseconds after it has come, like a screen. */
function looksLater(): Pick<ChatClientOptions, 'newsWaits'> & { read: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const looks = {
    read: () => {},
    newsWaits: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        looks.read();
      }, Math.random() * 30);
    },
  };
  closers.push(() => clearTimeout(timer));
  return looks;
}

test.each([
  ['each on a socket', 'at once', () => openWebSocket],
  ['both on a trunk', 'at once', () => new TrunkSockets().open],
  ['both on a trunk', 'now and then', () => new TrunkSockets().open],
] as const)(
  'two people read every message once and in order, over restarts of the server, %s, %s',
  async (_, looks, sockets) => {
    const createSocket = sockets();
    const headers = { [TICKET_HEADER]: await makeTicket(new TextEncoder().encode(TEST_SECRET), '127.0.0.1') };
    const opened = await openTestStore();
    const { store } = opened;
    closers.push(() => opened.close());
    let core = await startCore(store, 0);
    const { port } = core;
    const people = ['ada', 'bob'].map((nick) => {
      const later = looksLater();
      const how = looks === 'at once' ? {} : { newsWaits: later.newsWaits };
      const url = `ws://127.0.0.1:${port}/ws`;
      const client = new ChatClient({ url, credentials: { nick }, createSocket, headers, ...how });
      later.read = () => client.readNews();
      closers.push(() => client.close());
      const events: RoomEvent[] = [];
      client.on('joined', (joined) => events.push(...joined.events));
      client.on('events', (more) => events.push(...more));
      client.connect();
      return { nick, client, events };
    });
    const [ada, bob] = people;
    if (ada === undefined || bob === undefined) throw new Error('unreachable');
    await pollFor(() => people.map(({ client }) => client.state.name), ['online', 'online']);
    await ada.client.request('room.create', { room: 'dev' });
    await bob.client.join('dev');

    for (let index = 0; index < 120; index += 1) {
      for (const { nick, client } of people) client.send('dev', `${nick} ${index}`);
      if (index % 50 === 49) {
        await core.close();
        core = await startCore(store, port);
      }
      await turn();
    }

    const last = 2 + 240;
    await pollFor(() => people.map(({ events }) => events.at(-1)?.seq), [last, last]);
    expect(bob.events).toEqual(ada.events);
    expect(ada.events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    for (const { nick, client } of people) {
      const texts = ada.events.flatMap((event) =>
        event.type === 'message' && event.from.nick === nick ? [event.text] : [],
      );
      expect(texts).toEqual(Array.from({ length: 120 }, (_, index) => `${nick} ${index}`));
      expect(client.pending('dev')).toEqual([]);
      expect(client.rooms.get('dev')).toMatchObject({ lastSeq: last, members: 2 });
    }
  },
);
