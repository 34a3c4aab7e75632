import { fileURLToPath } from 'node:url';
import { failOnLeaks, launchBrowser, pollFor, startTestServer, TestServer, TestTerminal } from '@parley/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChatPage } from './chat-page.ts';

const TUI = fileURLToPath(new URL('../dist/tui.cjs', import.meta.url));
/** With UPDATE_SCREENSHOT set, the README's picture is taken anew. */
const SCREENSHOT = fileURLToPath(new URL('../docs/screenshot.png', import.meta.url));

describe('Parley, from browser to database', { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Opened extends { close(): Promise<void> }>(one: Opened): Opened => {
    opened.push(one);
    return one;
  };

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  failOnLeaks();
  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  });

  const openPage = async (query: string, size?: { width: number; height: number }): Promise<ChatPage> =>
    keep(await ChatPage.open(browser, `${server.url}/${query}`, size));
  const openTerminal = (nick: string, cols = 100, rows = 30): TestTerminal =>
    keep(TestTerminal.spawn(process.execPath, [TUI, server.url, '--nick', nick], { cols, rows, env: { TZ: 'UTC' } }));
  const seeInTerminal = (terminal: TestTerminal, pattern: RegExp): Promise<string[]> =>
    pollFor(
      () => terminal.screen(),
      (rows) => rows.some((row) => pattern.test(row)),
      { intervalMs: 50, what: `a row that matches ${String(pattern)}` },
    );

  it('lets two browsers and a local terminal chat, through a restart of the server', async () => {
    ({ server } = keep(await startTestServer()));
    const ada = await openPage('?room=lobby&nick=ada');
    const bob = await openPage('?room=lobby&nick=bob');
    const cy = openTerminal('cy');
    await ada.see(/connected/);
    await bob.see(/connected/);
    await seeInTerminal(cy, /connected/);

    await ada.say('Good morning, who is in?');
    await bob.see(/ada\s+Good morning/);
    await bob.say('I am, in a browser tab.');
    await seeInTerminal(cy, /bob\s+I am, in a browser tab/);
    cy.type('And I am in a real terminal.\r');
    await ada.see(/cy\s+And I am in a real terminal/);
    if (process.env.UPDATE_SCREENSHOT !== undefined) await ada.page.screenshot({ path: SCREENSHOT });

    await ada.page.keyboard.type('half a sent');
    await ada.see(/half a sent/);
    expect(await server.kill('SIGTERM')).toBe(0);
    await Promise.all([seeInTerminal(cy, /reconnecting/i), ada.isAttached(false), bob.isAttached(false)]);
    await server.restart();
    await Promise.all([ada.isAttached(true), bob.isAttached(true)]);

    // Both pages come back without a key press: the same people, the room's history, and the draft.
    await bob.see(/connected\s+bob/);
    await ada.see(/connected\s+ada/);
    await ada.see(/Good morning/);
    await ada.see(/half a sent/);
    await ada.say('ence.');
    await bob.see(/half a sentence\./);
    await seeInTerminal(cy, /half a sentence\./);
    cy.type('Nothing lost.\r');
    await bob.see(/cy\s+Nothing lost/);
    for (const text of [/Good morning/, /in a browser tab/, /half a sentence/, /Nothing lost/]) {
      expect(await bob.count(text)).toBe(1);
    }
    expect([...ada.faults, ...bob.faults]).toEqual([]);
  });

  it('comes back after kill -9, on the embedded database, with what was acknowledged', async () => {
    server = keep(await TestServer.start());
    const ada = await openPage('?room=lobby&nick=ada');
    await ada.see(/connected/);
    await ada.say('before the crash');
    // On the writer's own screen it stands before it is acknowledged; in the history it is on disk.
    await pollFor(
      async () => (await fetch(`${server.url}/api/history?activity=off`)).text(),
      (history) => history.includes('before the crash'),
      { intervalMs: 50 },
    );
    await server.kill('SIGKILL');
    await ada.isAttached(false);
    await server.restart();
    await ada.isAttached(true);
    const bob = await openPage('?room=lobby&nick=bob');
    await bob.see(/ada\s+before the crash/);
    await ada.see(/connected\s+ada/);
    await bob.say('welcome back');
    await ada.see(/bob\s+welcome back/);
    expect(await ada.count(/ada\s+before the crash/)).toBe(1);
  });

  it('keeps a reloaded page in its room with its draft', async () => {
    ({ server } = keep(await startTestServer()));
    const ada = await openPage('?nick=ada');
    await ada.see(/connected/);
    await ada.say('/create dev');
    // At once: it is for the room that is being made.
    await ada.page.keyboard.type('a thought');
    await ada.see(/› a thought/);
    await ada.see(/#dev\s+1 online/);
    await ada.see(/a thought/);
    await ada.page.reload();
    await ada.see(/a thought/);
    await ada.see(/Message #dev|#dev/);
    expect(ada.faults).toEqual([]);
  });

  it('draws text that anyone can see, on a laptop and on a phone', async () => {
    ({ server } = keep(await startTestServer()));
    for (const size of [
      { width: 1200, height: 800 },
      { width: 390, height: 700 },
    ]) {
      const page = await openPage('', size);
      await page.see(/Nick/);
      // A page that draws black on black has one colour; a picture of it is next to nothing.
      const picture = await page.page.screenshot();
      expect(picture.length).toBeGreaterThan(5000);
      expect(page.faults).toEqual([]);
    }
  });
});
