/** The page in a browser, with a gateway whose terminal program is the tests' own: what a page does with any program. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { launchBrowser, makeTemporaryFolder, pollFor } from '@parley/testkit';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../apps/gateway/test/gateway-harness.ts';

const folder = makeTemporaryFolder();
let browser: Browser;
let gateway: TestGateway | undefined;
/** What the browser complained about: violations of the policy, errors, files that were not there. */
let complaints: string[] = [];

beforeAll(async () => {
  const root = fileURLToPath(new URL('../web', import.meta.url));
  await build({ root, logLevel: 'error', build: { outDir: folder.path, emptyOutDir: true } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  folder.remove();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await gateway?.close();
  gateway = undefined;
  complaints = [];
});

declare global {
  interface Window {
    __parley?: { screen(): string[]; state(): string; write(text: string): void };
  }
}

/** A way to the gateway on which connections can die without a word. */
async function openTunnel(port: number): Promise<{ url: string; cut(): void; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [near, far].forEach((each) => each.destroy()));
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function openPage(query = '&renderer=webgl', options: BrowserContextOptions = {}): Promise<Page> {
  gateway ??= await startGateway({}, { webFolder: folder.path });
  const context = await browser.newContext({ viewport: { width: 800, height: 400 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  await page.goto(`${gateway.url}/?test=1${query}`);
  await shows(page, 'ready');
  return page;
}

const screen = (page: Page): Promise<string> => page.evaluate(() => window.__parley?.screen().join('\n') ?? '');
const shows = (page: Page, text: string): Promise<string> =>
  pollFor(
    () => screen(page),
    (value) => value.includes(text),
    { what: text },
  );
const becomes = (page: Page, state: string): Promise<unknown> =>
  pollFor(() => page.evaluate(() => window.__parley?.state()), state);
const bar = (page: Page): Promise<string | null> => page.locator('#bar').textContent();
const opacity = (page: Page): Promise<string> =>
  page.locator('#terminal').evaluate((element) => getComputedStyle(element).opacity);

it.each(['&renderer=webgl', '&renderer=dom'])(
  'is drawn in its own font, within its policy (/?test=1%s)',
  async (renderer) => {
    const page = await openPage(renderer);
    await page.keyboard.type('é日👍');
    await page.keyboard.press('Enter');
    await shows(page, 'echo é日👍');
    const fonts = await page.evaluate(() => [...document.fonts].filter((font) => font.status === 'loaded').length);
    expect(fonts).toBeGreaterThanOrEqual(2);
    expect(complaints).toEqual([]);
  },
);

it.each([
  ['the DOM', 'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)', false],
  ['the DOM', 'llvmpipe, or similar', false],
  ['WebGL', 'ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)', true],
])('is drawn with %s by %s', async (_name, device, isWebGl) => {
  const page = await openPage('');
  await page.addInitScript((renderer) => {
    const UNMASKED_RENDERER = 0x9246;
    const { prototype } = WebGL2RenderingContext;
    const getParameter = Reflect.get(prototype, 'getParameter') as (this: unknown, name: number) => unknown;
    prototype.getParameter = function (name: number): unknown {
      return name === UNMASKED_RENDERER ? renderer : getParameter.call(this, name);
    };
  }, device);
  await page.reload();
  await shows(page, 'repainted');
  expect((await page.locator('.xterm-screen canvas').count()) > 0).toBe(isWebGl);
});

it('tells apart true colours in the DOM renderer, without inline styles', async () => {
  const page = await openPage('&renderer=dom', { colorScheme: 'dark' });
  await page.keyboard.type('colour');
  await page.keyboard.press('Enter');
  await shows(page, 'coloured');
  // Parsed is not yet painted.
  const colour = await pollFor(
    () =>
      page.evaluate(() => {
        const spans = [...document.querySelectorAll('.xterm-rows span')];
        const span = spans.find((each) => each.textContent?.includes('coloured'));
        return span === undefined ? '' : getComputedStyle(span).color;
      }),
    (value) => value !== '',
  );
  expect(colour).toBe('rgb(255, 180, 90)');
  // Joined letters would leave their cells.
  const ligatures = await page.locator('.xterm-rows').evaluate((rows) => getComputedStyle(rows).fontVariantLigatures);
  expect(ligatures).toBe('none');
  expect(complaints).toEqual([]);
});

it('keeps its session over a reload, and tells the program its size', async () => {
  const page = await openPage();
  await page.keyboard.type('half');
  await page.reload();
  await shows(page, 'repainted');
  await page.keyboard.press('Enter');
  await shows(page, 'echo half');
  await page.setViewportSize({ width: 500, height: 300 });
  const [, columns] = /size (\d+)x/.exec(await shows(page, 'size ')) ?? [];
  expect(Number(columns)).toBeLessThan(60);
  expect(complaints).toEqual([]);
});

it('shows the rows of a full-screen program in their order when the window grows, whatever has scrolled before', async () => {
  const page = await openPage();
  // Back in its session the page begins with what its terminal is made with.
  await page.reload();
  await shows(page, 'repainted');
  const rows = async (): Promise<string[]> => (await screen(page)).split('\n');
  // Lower than the terminal is at first, when nobody is on the alternate screen yet.
  const low = (await rows()).length;
  expect(low).toBeLessThan(24);
  const named = (count: number): string[] => Array.from({ length: count }, (_, row) => `row ${row}`);
  const paint = (count: number): string =>
    `\u001b[?1049h${named(count)
      .map((name, row) => `\u001b[${row + 1};1H\u001b[K${name}`)
      .join('')}\u001b[5;1H`;
  const write = (text: string): Promise<void> => page.evaluate((bytes) => window.__parley?.write(bytes), text);
  const scrolled = 24 - low;
  await write(`${paint(low)}\u001b[${low};1H${'\n'.repeat(scrolled)}\u001b[5;1H`);
  await pollFor(rows, [...named(low).slice(scrolled), ...Array.from({ length: scrolled }, () => '')]);
  await page.setViewportSize({ width: 800, height: 480 });
  // The program's own word on it, which comes before the paint.
  await shows(page, 'size ');
  const high = (await rows()).length;
  expect(high).toBeGreaterThan(low);
  await write(paint(high));
  await pollFor(rows, (all) => all.includes(`row ${high - 1}`));
  // Which of its rows are seen the page finds out when it draws.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(await rows()).toEqual(named(high));
});

it('sends Shift+Enter as a key of its own, and a paste without control codes', async () => {
  const page = await openPage();
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.press('Enter');
  await shows(page, 'echo ␛[13;2u');
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'pasted\u001b[201~\u009btext');
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.querySelector('textarea')?.dispatchEvent(paste);
  });
  await page.keyboard.press('Enter');
  expect(await shows(page, 'echo pasted')).toContain('echo pasted[201~text');
});

it('shows what is being composed in its own colours, within the screen, and stays where it is', async () => {
  const page = await openPage('', { colorScheme: 'dark' });
  await page.evaluate(() => window.__parley?.write('\u001b[3;70H'));
  const input = await page.context().newCDPSession(page);
  for (const text of ['a', 'a long word', 'a long word that is still being composed']) {
    await input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
  const seen = await pollFor(
    () =>
      page.evaluate(() => {
        const view = document.querySelector('.composition-view');
        const screen = document.querySelector('.xterm-screen');
        if (view === null || screen === null) return undefined;
        // What is typed into is seen by nobody.
        const scrolled = [...document.querySelectorAll(':not(textarea)')].filter(
          (each) => each.scrollLeft + each.scrollTop > 0,
        );
        const { color, backgroundColor, textDecorationLine } = getComputedStyle(view);
        const inPage = document.body.appendChild(document.createElement('i'));
        inPage.style.color = 'var(--ink)';
        inPage.style.backgroundColor = 'var(--raised)';
        const own = getComputedStyle(inPage);
        const isInColours = color === own.color && backgroundColor === own.backgroundColor;
        inPage.remove();
        return {
          text: view.textContent,
          over: Math.round(view.getBoundingClientRect().right - screen.getBoundingClientRect().right),
          scrolled: scrolled.map(({ id, className }) => `${id} ${className}`),
          isInColours,
          textDecorationLine,
        };
      }),
    (value) => value?.text?.endsWith('composed') === true && value.over <= 0,
  );
  expect(seen).toMatchObject({ over: 0, scrolled: [], isInColours: true, textDecorationLine: 'underline' });
  await input.send('Input.insertText', { text: 'composed' });
  await page.keyboard.press('Enter');
  await shows(page, 'echo composed');
  // What begins with room enough stands where the cursor is.
  await input.send('Input.imeSetComposition', { text: 'b', selectionStart: 1, selectionEnd: 1 });
  const translate = (): Promise<string | undefined> =>
    page.evaluate(() => document.querySelector<HTMLElement>('.composition-view.active')?.style.translate);
  await pollFor(translate, '');
});

it('says that it is loading, when that takes long, until the terminal is there', async () => {
  gateway = await startGateway({}, { webFolder: folder.path });
  const page = await (await browser.newContext()).newPage();
  let deliver = (): void => {};
  const wanted = new Promise<void>((resolve) => (deliver = resolve));
  await page.route('**/assets/*.js', async (route) => {
    await wanted;
    await route.continue();
  });
  await page.goto(`${gateway.url}/?test=1`, { waitUntil: 'commit' });
  const isSeen = (): Promise<boolean> => page.getByText('Parley is loading…').isVisible();
  await pollFor(isSeen, true);
  deliver();
  await shows(page, 'ready');
  expect(await isSeen()).toBe(false);
});

it('marks what is selected also where the system forces its colours', async () => {
  const page = await openPage('', { forcedColors: 'active', colorScheme: 'dark' });
  const screenBox = await page.locator('.xterm-screen').boundingBox();
  if (screenBox === null) throw new Error('no screen');
  await page.mouse.move(screenBox.x + 1, screenBox.y + 8);
  await page.mouse.down();
  await page.mouse.move(screenBox.x + 60, screenBox.y + 8, { steps: 3 });
  const colour = await page.evaluate(
    () => getComputedStyle(document.querySelector('.selection div') ?? document.body).backgroundColor,
  );
  // A forced one would be black, as all around it.
  expect(colour).toBe('rgba(91, 141, 255, 0.38)');
});

/** Which element of the page has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.id || activeElement?.textContent || (activeElement?.tagName ?? '');
  });

async function reconnect(page: Page): Promise<void> {
  const [socket] = await Promise.all([
    page.waitForEvent('websocket'),
    page.evaluate(() => window.dispatchEvent(new Event('online'))),
  ]);
  await socket.waitForEvent('framereceived');
  await becomes(page, 'attached');
}

it('is left by F6 for the page’s own switches, and is come back to by it', async () => {
  const page = await openPage();
  for (let round = 0; round < 2; round += 1) {
    await page.keyboard.press('F6');
    expect(await focused(page)).toBe('reader');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('theme');
    await page.keyboard.press('F6');
    expect(await focused(page)).toBe('TEXTAREA');
  }
  await page.keyboard.type('back');
  await page.keyboard.press('Enter');
  // Nothing of it reached the program.
  await shows(page, 'echo back');
});

it('keeps the focus where its person put it when it reconnects', async () => {
  const page = await openPage();
  await page.keyboard.press('F6');
  await reconnect(page);
  expect(await focused(page)).toBe('reader');
  await page.keyboard.press('F6');
  await reconnect(page);
  expect(await focused(page)).toBe('TEXTAREA');
});

it('is left by F6 for the bar while it reconnects: keys that follow switch nothing', async () => {
  gateway = await startGateway({}, { webFolder: folder.path });
  const page = await (await browser.newContext()).newPage();
  let attaches = 0;
  await page.routeWebSocket(/terminal/, (socket) => {
    socket.onMessage((message) => {
      if (!message.toString().includes('attach')) return;
      attaches += 1;
      if (attaches === 1) socket.send('{"type":"attached","resumed":false}');
    });
  });
  await page.goto(`${gateway.url}/?test=1`);
  await becomes(page, 'attached');
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await pollFor(() => bar(page), 'Reconnecting…');
  await page.keyboard.press('F6');
  expect(await focused(page)).toBe('bar');
  await page.keyboard.press('Enter');
  expect(await page.locator('#reader').getAttribute('aria-checked')).toBe('false');
  await page.keyboard.press('F6');
  expect(await focused(page)).toBe('TEXTAREA');
});

it('asks its question so that keys can answer it, also when it reconnects meanwhile', async () => {
  const page = await openPage();
  await page.evaluate(() => {
    Object.assign(window, {
      Notification: { permission: 'default' },
    });
    window.__parley?.write('\u001b]777;notify;ada;hello\u0007');
  });
  await pollFor(
    () => bar(page),
    (text) => text?.includes('notify you') ?? false,
  );
  await page.keyboard.press('F6');
  expect(await focused(page)).toBe('Yes');
  await reconnect(page);
  expect(await focused(page)).toBe('Yes');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('No');
  await page.keyboard.press('Enter');
  expect(await page.locator('#bar').isHidden()).toBe(true);
  expect(await focused(page)).toBe('TEXTAREA');
});

it('says that the program has ended, and Enter comes back', async () => {
  const page = await openPage();
  for (let round = 0; round < 2; round += 1) {
    await page.keyboard.type('quit');
    await page.keyboard.press('Enter');
    await becomes(page, 'ended');
    expect(await bar(page)).toContain('You left Parley.');
    // Not the cursor of an empty screen.
    await pollFor(() => opacity(page), '0');
    await page.keyboard.press('Enter');
    await becomes(page, 'attached');
    await pollFor(() => opacity(page), '1');
    await shows(page, 'ready');
  }
});

it('says what it is doing when the gateway goes, keeps the last screen, and comes back by itself', async () => {
  const page = await openPage();
  await gateway?.close();
  await becomes(page, 'waiting');
  expect(await bar(page)).toMatch(/Reconnecting in \d+ s…/);
  expect(await screen(page)).toContain('ready');
});

it('notices that its connection has died without a word, says so, and is back in its session', async () => {
  gateway = await startGateway({}, { webFolder: folder.path });
  const tunnel = await openTunnel(gateway.port);
  const page = await (await browser.newContext()).newPage();
  try {
    await page.clock.install();
    await page.goto(`${tunnel.url}/?test=1`);
    await shows(page, 'ready');
    await page.evaluate(() => {
      const words = new Set<string>();
      const note = (): unknown => words.add(document.querySelector('#bar')?.textContent ?? '');
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true });
      Object.assign(window, { words });
    });
    tunnel.cut();
    await page.clock.fastForward(60_000);
    await pollFor(
      () => page.evaluate(() => [...(window as unknown as { words: Set<string> }).words].join()),
      (words) => words.includes('The connection was lost.'),
    );
    await shows(page, 'repainted');
    await becomes(page, 'attached');
    expect(await gateway.sessionCount()).toBe(1);
  } finally {
    tunnel.close();
  }
});

it('leaves a word of the gateway to be read, also by one who types on', async () => {
  gateway = await startGateway({}, { webFolder: folder.path });
  const page = await (await browser.newContext()).newPage();
  await page.clock.install();
  await page.routeWebSocket(/terminal/, (socket) => {
    socket.onMessage((message) => {
      if (message.toString().includes('attach')) socket.send('{"type":"attached","resumed":false}');
      else if (message.toString() === '!') socket.send('{"type":"error","code":"idle","message":"It ends soon."}');
    });
  });
  await page.goto(`${gateway.url}/?test=1`);
  await becomes(page, 'attached');
  // A moment that is over by the time it is told is no longer one to pause at.
  await pollFor(async () => {
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
    return true;
  }, true);
  await page.keyboard.press('!');
  await pollFor(() => bar(page), 'It ends soon.');
  await page.keyboard.press('a');
  expect(await bar(page)).toBe('It ends soon.');
  await page.clock.runFor(2000);
  await page.keyboard.press('b');
  expect(await page.locator('#bar').isHidden()).toBe(true);
});

it('keeps the session of a tab from its duplicate', async () => {
  const page = await openPage();
  const tab = await page.evaluate(() => sessionStorage.getItem('parley.tab'));
  const duplicate = await page.context().newPage();
  await duplicate.addInitScript((id) => sessionStorage.setItem('parley.tab', id ?? ''), tab);
  await duplicate.goto(page.url());
  await shows(duplicate, 'ready');
  expect(await page.evaluate(() => window.__parley?.state())).toBe('attached');
  expect(await gateway?.sessionCount()).toBe(2);
});

it('notifies through a service worker where a page may not by itself, as on Android, and a tap leads to the page', async () => {
  const page = await openPage();
  await page.context().grantPermissions(['notifications']);
  // The grant takes a moment to reach the page.
  await pollFor(() => page.evaluate(() => Notification.permission), 'granted');
  await page.evaluate(() => {
    const { permission } = Notification;
    Object.assign(window, {
      Notification: Object.assign(
        function refuse() {
          throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
        },
        { permission },
      ),
    });
    // Headless pages always have the focus.
    document.hasFocus = () => false;
  });
  const shown = await pollFor(
    () =>
      page.evaluate(async () => {
        // Again and again, each in the place of the one before: the grant reaches workers later still, and the first is refused.
        window.__parley?.write('\u001b]777;notify;ada in #dev;hello\u0007');
        const registration = await navigator.serviceWorker.getRegistration();
        const notifications = (await registration?.getNotifications()) ?? [];
        return notifications.map(({ title, body }) => `${title}: ${body}`);
      }),
    (notes) => notes.length > 0,
  );
  expect(shown).toEqual(['ada in #dev: hello']);
  const [worker] = page.context().serviceWorkers();
  // No test can tap on what the system shows: the worker is told what it would be, and who is focused is looked at.
  const focused = await worker?.evaluate(async () => {
    const scope = globalThis as unknown as {
      WindowClient: { prototype: { focus(): Promise<void>; readonly url: string } };
      registration: { getNotifications(): Promise<{ close(): void }[]> };
      dispatchEvent(event: Event): void;
    };
    const [notification] = await scope.registration.getNotifications();
    return new Promise<string>((resolve) => {
      scope.WindowClient.prototype.focus = function focus(this: { readonly url: string }) {
        resolve(this.url);
        return Promise.resolve();
      };
      const tap = Object.assign(new Event('notificationclick'), { notification, waitUntil() {} });
      scope.dispatchEvent(tap);
    });
  });
  expect(focused).toBe(page.url());
  expect(complaints).toEqual([]);
});

it('has keys for a touch screen, and nothing out of its bounds', async () => {
  const page = await openPage('', { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true });
  await page.tap('#keys button[aria-label="Enter"]');
  await shows(page, 'echo');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(overflow).toBe(false);
  const within = await page.evaluate(() => {
    const terminal = document.querySelector('.xterm-screen')?.getBoundingClientRect();
    const keys = document.querySelector('#keys')?.getBoundingClientRect();
    return terminal !== undefined && keys !== undefined && terminal.bottom <= keys.top && terminal.right <= innerWidth;
  });
  expect(within).toBe(true);
});
