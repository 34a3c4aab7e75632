/** A page alone, and its keys: which go to the program, which to the page’s own switches and questions, and where the focus is. */
import { pollFor } from '@parley/testkit';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { bar, becomes, LonePageBench, shows } from './page-alone-bench.ts';

const bench = new LonePageBench();
const { openPage } = bench;

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
  const gateway = await bench.startGateway();
  const page = await (await bench.browser.newContext()).newPage();
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
