import {
  childrenOf,
  createTestDatabase,
  failOnLeaks,
  launchBrowser,
  pollFor,
  RawClient,
  realPostgres,
  TestServer,
} from '@parley/testkit';
import { Client } from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatPage } from './chat-page.ts';

/** The processes of the server's that hold terminals, the spare one too. */
const hostsOf = (serverPid: number): number[] => childrenOf(serverPid, /tui-host\.cjs/);

async function savedDrafts(databaseUrl: string): Promise<(string | null)[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ draft: string | null }>('SELECT draft FROM terminal_sessions');
    return rows.map(({ draft }) => draft);
  } finally {
    await client.end();
  }
}

describe('A host of terminals', { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  failOnLeaks();

  it('that is killed is replaced: people are back in their rooms with their drafts, without a key', async (context) => {
    const { missing } = realPostgres();
    // Only the database can tell when a draft is saved, and the embedded one lets nobody else in.
    if (missing !== undefined) context.skip(missing);
    const database = await createTestDatabase();
    const server = await TestServer.start({ env: { DATABASE_URL: database.url } });
    const [ada, bob] = await Promise.all(
      ['ada', 'bob'].map((nick) => ChatPage.open(browser, `${server.url}/?nick=${nick}`)),
    );
    if (ada === undefined || bob === undefined) throw new Error('unreachable');
    await ada.see(/connected/);
    await bob.see(/connected/);
    await ada.say('/create dev');
    await ada.see(/Message #dev/);
    await ada.page.keyboard.type('half a thought');
    await ada.see(/half a thought/);
    await pollFor(
      () => savedDrafts(database.url),
      (drafts) => drafts.includes('half a thought'),
    );
    // All of them: which one holds whom can't be told from outside.
    const hosts = hostsOf(server.pid);
    expect(hosts).not.toEqual([]);
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
    await pollFor(
      async () => [await ada.page.locator('#bar').innerText(), ...(await ada.screen())].join('\n'),
      (text) => text.includes('started again'),
      { intervalMs: 20 },
    );
    await ada.see(/half a thought/);
    await ada.see(/#dev/);
    await bob.see(/connected/);
    await bob.say('still here');
    await bob.see(/bob +still here/);
    await Promise.all([ada.close(), bob.close()]);
    await server.close();
    await database.drop();
  });

  it('that stands still keeps nobody from a shutdown in order', async () => {
    const server = await TestServer.start();
    const ada = await ChatPage.open(browser, `${server.url}/?nick=ada`);
    await ada.see(/connected/);
    const bob = await RawClient.enter(server.url, 'bob');
    for (const pid of hostsOf(server.pid)) process.kill(pid, 'SIGSTOP');
    expect(await server.kill('SIGTERM')).toBe(0);
    expect(await bob.closed()).toBe(4503);
    await ada.close();
    await server.close();
  });
});
