/** A core in this process, on a port and a store of its own, and the clients that a test lets in. */
import { createLogger, SettingsReader, startHttpServer } from '@parley/service';
import type { ServerMessage } from '@parley/protocol';
import type { Store } from '@parley/store';
import { pollFor, RawClient, type RawClientOptions } from '@parley/testkit';
import express from 'express';
import { randomUUID } from 'node:crypto';
import { type CoreOptions, createCore } from '../src/server.ts';
import { readCoreConfig } from '../src/config.ts';

export type TestCore = Awaited<ReturnType<typeof startTestCore>>;

export interface TestCoreOptions {
  /** By their names in the environment. RATE_LIMITS is off unless set. */
  settings?: Record<string, string>;
  timing?: CoreOptions['timing'];
  limitClock?: CoreOptions['limitClock'];
}

export async function startTestCore(store: Store, options: TestCoreOptions = {}) {
  const settings = new SettingsReader({ RATE_LIMITS: 'off', ...options.settings });
  const config = readCoreConfig(settings);
  settings.finish();
  const log = createLogger('test', 'silent');
  const { timing, limitClock } = options;
  const core = await createCore({ config, store, log, replica: randomUUID(), timing, limitClock });
  const app = express();
  app.use(core.router);
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, app, [core.handleUpgrade]);
  const clients: RawClient[] = [];
  const keep = (client: RawClient): RawClient => {
    clients.push(client);
    return client;
  };
  return {
    core,
    url: server.url,
    port: server.port,
    /** A socket without a hello. */
    open: async (rawOptions?: RawClientOptions) => keep(await RawClient.open(server.url, rawOptions)),
    /** A guest under a nick, or whoever the hello says. */
    enter: async (hello: string | object = uniqueNick(), rawOptions?: RawClientOptions) =>
      keep(await RawClient.enter(server.url, hello, rawOptions)),
    /** Cuts every connection that was opened here. */
    dropClients() {
      for (const client of clients.splice(0)) client.terminate();
    },
    async close() {
      for (const client of clients) client.terminate();
      const stopped = server.close();
      await core.close();
      await stopped;
    },
  };
}

export const uniqueNick = (): string => `n-${randomUUID().slice(0, 12)}`;
export const uniqueRoom = (): string => `r-${randomUUID().slice(0, 12)}`;

/** A message of the text, with a cid of its own. */
export const message = (room: string, text = 'hi', cid: string = randomUUID()) => ({
  type: 'message.send',
  room,
  text,
  cid,
});

/** Sends many messages at once, and waits until all are answered. */
export async function sendMany(client: RawClient, room: string, count: number, text: string): Promise<void> {
  const answers = (): number => client.messages.filter((each) => each.type === 'ok' || each.type === 'error').length;
  const before = answers();
  for (let sent = 0; sent < count; sent += 1) client.send(message(room, text));
  await pollFor(answers, (answered) => answered === before + count, { what: `${count} answers` });
}

/** Allowed, and six times as long on the wire: what the two ends of a socket hold in the kernel is megabytes. */
export const BULKY_TEXT = '\u0001'.repeat(2000);

/** A figure of /metrics. */
export async function figure(core: { url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${core.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** Whether nothing goes out while somebody else goes to the database and back several times: whoever takes anything is fed sooner. */
async function isQuiet(core: { url: string }): Promise<boolean> {
  const before = await figure(core, 'parley_deliveries_total');
  for (let trip = 0; trip < 5; trip += 1) await (await fetch(`${core.url}/api/history`)).text();
  return (await figure(core, 'parley_deliveries_total')) === before;
}

/** Whether so many readers are behind, and take nothing: one that only needs a moment to catch up is none. */
export const areStalled = async (core: { url: string }, readers: number): Promise<boolean> =>
  (await isQuiet(core)) && (await figure(core, 'parley_slow_readers')) >= readers;

/** Resolves when the core has written all that it can. */
export const standsStill = (core: { url: string }) => pollFor(() => isQuiet(core), true);

/** The seqs of a room's events among the messages, in order. */
export const seqsOf = (messages: readonly ServerMessage[], room: string): number[] =>
  messages.flatMap((each) => ('from' in each && each.room === room ? [each.seq] : []));
