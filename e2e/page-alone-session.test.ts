/** A page alone, and its session: from loading over reloads, lost connections and duplicates to the end of the program. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pollFor } from '@parley/testkit';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { bar, becomes, LonePageBench, screen, shows } from './page-alone-bench.ts';

const bench = new LonePageBench();
const { openPage } = bench;

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

const opacity = (page: Page): Promise<string> =>
  page.locator('#terminal').evaluate((element) => getComputedStyle(element).opacity);

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
  expect(bench.complaints).toEqual([]);
});

it('says that it is loading, when that takes long, until the terminal is there', async () => {
  const gateway = await bench.startGateway();
  const page = await (await bench.browser.newContext()).newPage();
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
  await bench.gateway?.close();
  await becomes(page, 'waiting');
  expect(await bar(page)).toMatch(/Reconnecting in \d+ s…/);
  expect(await screen(page)).toContain('ready');
});

it('notices that its connection has died without a word, says so, and is back in its session', async () => {
  const gateway = await bench.startGateway();
  const tunnel = await openTunnel(gateway.port);
  const page = await (await bench.browser.newContext()).newPage();
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
  const gateway = await bench.startGateway();
  const page = await (await bench.browser.newContext()).newPage();
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
  expect(await bench.gateway?.sessionCount()).toBe(2);
});
