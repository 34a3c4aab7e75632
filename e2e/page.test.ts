import { pollFor } from '@parley/testkit';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChatPage } from './chat-page.ts';
import { type Parley, picture, startParley } from './start-parley.ts';

const TIMES = { timeoutMs: 20_000, intervalMs: 50 };

describe('the page', { timeout: 120_000 }, () => {
  let parley: Parley;
  const opened: ChatPage[] = [];
  let people = 0;

  beforeAll(async () => {
    parley = await startParley();
  });
  afterAll(() => parley.close());
  afterEach(async () => {
    const pages = opened.splice(0);
    const faults = pages.flatMap((page) => page.faults);
    for (const page of pages) await page.close();
    if (faults.length > 0) throw new Error(`The page complained:\n${faults.join('\n')}`);
  });

  const newNick = (): string => `ada${(people += 1)}`;
  const open = async (
    query = `?room=lobby&nick=${newNick()}`,
    options: BrowserContextOptions = {},
    size = { width: 1200, height: 700 },
  ): Promise<ChatPage> => {
    const page = await ChatPage.open(parley.browser, `${parley.server.url}/${query}`, size, options);
    opened.push(page);
    return page;
  };
  const enter = async (...options: Parameters<typeof open>): Promise<ChatPage> => {
    const page = await open(...options);
    await page.see(/Message #lobby/);
    return page;
  };
  const bar = (page: ChatPage): Promise<string | null> => page.page.locator('#bar').textContent();
  const withClipboard: BrowserContextOptions = { permissions: ['clipboard-read', 'clipboard-write'] };
  const clipboard = (page: ChatPage): Promise<string> => page.page.evaluate(() => navigator.clipboard.readText());
  const copies = (page: ChatPage, text: string | RegExp): Promise<string> =>
    pollFor(() => clipboard(page), typeof text === 'string' ? text : (value) => text.test(value), TIMES);

  it('copies what is selected of the messages, without what is around them', async () => {
    const page = await enter(undefined, withClipboard);
    const long =
      'The quick brown fox jumps over the lazy dog and does it again and again, until the row is full and goes on.';
    await page.say(long);
    await page.say('Second message');
    await page.see(/Second message/);
    // Until it is sent it says so, which may take a row.
    await page.isStill();
    const from = await page.find(/The quick/);
    const to = await page.find(/Second message/);
    const { mouse } = page.page;
    await mouse.move(from.x - from.cell.width / 2, from.y);
    await mouse.down();
    await mouse.move(to.x + 10 * to.cell.width, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x - to.cell.width / 2 + to.width, to.y, { steps: 2 });
    await picture(page, 'selection');
    await mouse.up();
    await copies(page, `${long}\nSecond message`);
    // A word, a line; and the marks go when the person types.
    const word = await page.find(/lazy/);
    await mouse.dblclick(word.x, word.y);
    await copies(page, 'lazy');
    await mouse.click(word.x, word.y, { clickCount: 3 });
    await copies(page, long);
    expect(await page.page.locator('.selection div').count()).toBeGreaterThan(0);
    await page.page.keyboard.type('x');
    await page.see(/ x\s*│|x$/);
    expect(await page.page.locator('.selection div').count()).toBe(0);
  });

  it('leaves clicks to the program', async () => {
    const page = await enter();
    await page.page.keyboard.type('abcdef');
    await page.see(/abcdef/);
    const draft = await page.find(/abcdef/);
    await page.page.mouse.click(draft.x + 3 * draft.cell.width, draft.y);
    await page.page.keyboard.type('X');
    await page.see(/abcXdef/);
    const header = await page.find(/online/);
    await page.page.mouse.click(header.x, header.y);
    await page.see(/Go to|Rooms|room by name/i);
    expect(await page.page.locator('.selection div').count()).toBe(0);
  });

  it('opens links, also from the rows that they go on in', async () => {
    const page = await enter(undefined, {}, { width: 700, height: 500 });
    const address = `https://parley.invalid/${'a-long-way/'.repeat(8)}end`;
    await page.say(`see ${address} now`);
    await page.see(/\/end/);
    await page.page.context().route('https://parley.invalid/**', (route) => route.fulfill({ body: 'there' }));
    for (const part of [/https:\/\/parley/, /\/end/]) {
      const link = await page.find(part);
      await page.page.mouse.move(link.x + link.cell.width, link.y);
      await pollFor(() => page.page.locator('.xterm-cursor-pointer').count(), 1, TIMES);
      const opening = page.page.waitForEvent('popup');
      await page.page.mouse.click(link.x + link.cell.width, link.y);
      const popup = await opening;
      await pollFor(() => popup.url(), address, TIMES);
      await popup.close();
    }
  });

  it('lets the program write to the clipboard, and never read it', async () => {
    const page = await enter(undefined, withClipboard);
    const encoded = Buffer.from('from the program é').toString('base64');
    await page.write(`\u001b]52;c;${encoded}\u0007`);
    await copies(page, 'from the program é');
    await page.write('\u001b]52;c;?\u0007\u001b]52;c;!!\u0007');
    await page.page.keyboard.type('still here');
    await page.see(/still here/);
    expect(await clipboard(page)).toBe('from the program é');
    expect((await page.screen()).join('\n')).not.toContain(encoded.slice(0, 12));
  });

  it('pastes many lines as one message', async () => {
    const page = await enter();
    await page.page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'one\r\ntwo\u001b[201~\nthree');
      const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.querySelector('textarea')?.dispatchEvent(paste);
    });
    await page.see(/three/);
    await page.page.keyboard.press('Enter');
    await page.see(/^.*\bone\b/);
    await page.see(/two\[201~/);
    await page.see(/Message #lobby/);
    // One message has its sender's name once.
    expect(await page.count(/ada\d+ +(?:two|three)/)).toBe(0);
  });

  it('changes the size of the letters, and remembers it', async () => {
    const page = await enter();
    const cols = async (): Promise<number> => (await page.size())?.cols ?? 0;
    const first = await cols();
    for (let press = 0; press < 4; press += 1) await page.page.keyboard.press('Control+=');
    const larger = await cols();
    expect(larger).toBeLessThan(first);
    await page.page.reload();
    await page.see(/Message #lobby/);
    expect(await cols()).toBe(larger);
    for (let press = 0; press < 2; press += 1) await page.page.keyboard.press('Control+-');
    expect(await cols()).toBeGreaterThan(larger);
    await page.page.keyboard.press('Control+0');
    expect(await cols()).toBe(first);
    expect(await page.count(/=/)).toBe(0);
  });

  it('tells of unread messages in its title, and of mentions outside of it', async () => {
    const nick = newNick();
    const page = await enter(`?room=lobby&nick=${nick}`);
    const other = await enter();
    await page.page.evaluate(() => {
      const shown: string[] = [];
      Object.assign(window, { shown });
      class Shown extends EventTarget {
        static permission = 'default';
        static requestPermission(): Promise<string> {
          shown.push(navigator.userActivation.isActive ? 'asked from a gesture' : 'asked without one');
          Shown.permission = 'granted';
          return Promise.resolve('granted');
        }
        constructor(title: string, options: { body: string }) {
          super();
          shown.push(`${title}: ${options.body}`);
        }
      }
      Object.assign(window, { Notification: Shown });
      // Headless pages always have the focus.
      document.hasFocus = () => false;
    });
    const shown = (): Promise<string[]> => page.page.evaluate(() => (window as unknown as { shown: string[] }).shown);
    await page.write('\u001b[?1004h');
    await page.page.evaluate(() => document.querySelector('textarea')?.blur());
    await other.say(`@${nick} are you there?`);
    await pollFor(
      () => page.page.title(),
      (title) => /^\(\d+\) /.test(title),
      TIMES,
    );
    await pollFor(
      () => bar(page),
      (text) => text?.includes('notify you of mentions') ?? false,
      TIMES,
    );
    await picture(page, 'offer');
    await page.page.getByRole('button', { name: 'Yes' }).click();
    expect(await shown()).toEqual(['asked from a gesture']);
    await pollFor(() => page.page.locator('#bar').isHidden(), true, TIMES);
    await page.page.evaluate(() => document.querySelector('textarea')?.blur());
    // The client calls once for many mentions within two seconds.
    await pollFor(
      async () => {
        await other.say(`${nick}: hello?`);
        return shown();
      },
      (notes) => notes.some((note) => /^ada\d+ in #lobby: ada\d+: hello\?$/.test(note)),
      { timeoutMs: 20_000, intervalMs: 1000 },
    );
    await page.page.evaluate(() => document.querySelector('textarea')?.focus());
    await pollFor(
      () => page.page.title(),
      (title) => !title.startsWith('('),
      TIMES,
    );
    // The question is asked once.
    await page.page.reload();
    await page.see(/Message #lobby/);
    await page.write('\u001b]777;notify;a;b\u0007');
    await page.page.keyboard.type('after');
    await page.see(/after/);
    expect(await page.page.locator('#bar').isHidden()).toBe(true);
  });

  it('counts down to the next try while it is cut off, above a whole screen, and is back at once with the network', async () => {
    const page = await enter();
    await page.say('before the tunnel');
    // With its time: what is on its way has none yet.
    await page.see(/\d\d:\d\d +ada\d+ +before the tunnel/);
    const rows = await page.screen();
    await page.page.context().setOffline(true);
    await pollFor(
      () => bar(page),
      (text) => /There is no network\. ?Reconnecting in \d+ s…/.test(text ?? ''),
      TIMES,
    );
    expect(await page.screen()).toEqual(rows);
    await pollFor(
      () =>
        page.page.evaluate(() => {
          const terminal = document.querySelector('.xterm-screen')?.getBoundingClientRect();
          const shown = document.querySelector('#bar')?.getBoundingClientRect();
          return (
            terminal !== undefined &&
            shown !== undefined &&
            terminal.top >= shown.bottom &&
            terminal.bottom <= innerHeight
          );
        }),
      true,
      TIMES,
    );
    await picture(page, 'offline');
    // Long enough for the delays to grow; what brings it back then is the network.
    await pollFor(
      () => bar(page),
      (text) => /in [4-9] s/.test(text ?? ''),
      TIMES,
    );
    const from = performance.now();
    await page.page.context().setOffline(false);
    await page.isAttached(true);
    expect(performance.now() - from).toBeLessThan(3000);
    expect(await page.page.locator('#bar').isHidden()).toBe(true);
    await page.see(/before the tunnel/);
  });

  it('tries again at once when it is looked at', async () => {
    const page = await enter();
    await page.page.routeWebSocket(/terminal/, (socket) => socket.close());
    await page.page.evaluate(() => window.dispatchEvent(new Event('offline')));
    await pollFor(
      () => bar(page),
      (text) => /in [2-9] s/.test(text ?? ''),
      TIMES,
    );
    await page.page.unrouteAll?.();
    await page.page.routeWebSocket(/terminal/, (socket) => void socket.connectToServer());
    await page.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.isAttached(true);
  });

  it('is a client of its own in each tab, and each stays itself while the cookie changes under it', async () => {
    const page = await enter();
    const context = page.page.context();
    const cookie = async (): Promise<string | undefined> =>
      (await context.cookies()).find(({ name }) => name === 'parley')?.value;
    const first = await cookie();
    await page.page.keyboard.type('draft of the first');
    const second = await ChatPage.openIn(context, `${parley.server.url}/?room=lobby&nick=${newNick()}`);
    await second.see(/Message #lobby/);
    await second.page.keyboard.type('draft of the second');
    await second.see(/draft of the second/);
    for (let round = 0; round < 3; round += 1) {
      await second.page.reload();
      await second.see(/draft of the second/);
    }
    expect(await cookie()).not.toBe(first);
    expect(await page.page.evaluate(() => document.cookie)).toBe('');
    // The first tab was here before the cookie changed; it comes back with the one that the second brought.
    await page.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.isAttached(true);
    await page.see(/draft of the first/);
    // With the programs gone the core alone knows them.
    expect(await parley.server.kill('SIGTERM')).toBe(0);
    await parley.server.restart();
    await Promise.all([page.isAttached(true), second.isAttached(true)]);
    await page.see(/draft of the first/);
    await second.see(/draft of the second/);
    expect(await page.state()).toBe('attached');
  });

  it('leads back to nobody after a sign-out, whatever cookie and tab there are', async () => {
    const page = await open('');
    await page.see(/Nick/);
    await page.say(newNick());
    await page.see(/Message #lobby/);
    const context = page.page.context();
    const before = await context.cookies();
    await page.say('/signout');
    await page.see(/Nick/);
    for (const cookies of [before, await context.cookies()]) {
      await context.addCookies(cookies);
      await page.page.reload();
      await page.see(/Nick/);
      expect(await page.count(/connected/)).toBe(0);
    }
  });

  it('has a mode for screen readers that it remembers', async () => {
    const page = await enter();
    const reader = page.page.getByRole('switch', { name: 'Screen reader mode' });
    await reader.focus();
    await picture(page, 'screen-reader-switch');
    await page.page.keyboard.press('Enter');
    await pollFor(() => page.page.locator('.xterm-accessibility').count(), 1, TIMES);
    await page.page.reload();
    await page.see(/Message #lobby/);
    await pollFor(
      () => page.page.locator('.xterm-accessibility').textContent(),
      (text) => /Message #lobby/.test(text ?? ''),
      TIMES,
    );
    expect(await reader.getAttribute('aria-checked')).toBe('true');
  });

  it.each(['dark', 'light'] as const)('is of one piece with its screen on a %s system', async (colorScheme) => {
    const page = await enter(undefined, { colorScheme });
    await page.say('A screen and its frame.');
    await page.see(/A screen and its frame/);
    const ground = await pollFor(
      () => page.page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      (color) => color !== 'rgb(20, 22, 27)',
      TIMES,
    );
    expect(
      await page.page.evaluate(() => document.querySelector('meta[name=theme-color]')?.getAttribute('content')),
    ).toBe(`#${[...ground.matchAll(/\d+/g)].map(([part]) => Number(part).toString(16).padStart(2, '0')).join('')}`);
    await picture(page, colorScheme);
  });

  it('is empty once its person has left', async () => {
    const page = await enter();
    await page.say('/quit');
    await page.page.getByRole('button', { name: 'Come back' }).waitFor();
    await pollFor(() => page.countColors(), 1, TIMES);
  });

  it('can be installed', async () => {
    const page = await open('');
    const manifest = (await (await fetch(`${parley.server.url}/manifest.webmanifest`)).json()) as {
      icons: { src: string; purpose: string }[];
    };
    expect(manifest).toMatchObject({ start_url: '/', display: 'standalone' });
    for (const { src } of manifest.icons) expect((await fetch(parley.server.url + src)).status).toBe(200);
    expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
    const client = await page.page.context().newCDPSession(page.page);
    const { installabilityErrors } = await client.send('Page.getInstallabilityErrors');
    // A window of its own without a profile can't install anything; the page itself is in order.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  });

  it('leaves the browser its keys for windows', async () => {
    const page = await enter();
    const prevented = await page.page.evaluate(() =>
      ['w', 't', 'n'].map((key) => {
        const event = new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, cancelable: true });
        document.querySelector('textarea')?.dispatchEvent(event);
        return event.defaultPrevented;
      }),
    );
    expect(prevented).toEqual([false, false, false]);
  });
});
