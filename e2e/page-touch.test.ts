import { pollFor } from '@parley/testkit';
import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatPage } from './chat-page.ts';
import { type Parley, picture, startParley } from './start-parley.ts';

const PHONE = { width: 390, height: 720 };
/** What a soft keyboard leaves of it. */
const ABOVE_KEYBOARD = { width: 390, height: 400 };

describe('the page on a phone', { timeout: 120_000 }, () => {
  let parley: Parley;
  let page: ChatPage;
  let touch: CDPSession;

  beforeAll(async () => {
    parley = await startParley();
    const options = { hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
    const permissions = ['clipboard-read', 'clipboard-write'];
    const address = `${parley.server.url}/?room=lobby&nick=ada`;
    page = await ChatPage.open(parley.browser, address, PHONE, { ...options, permissions });
    touch = await page.page.context().newCDPSession(page.page);
    await page.see(/Message #lobby/);
  });
  afterAll(() => parley.close());

  const key = (name: string) => page.page.getByRole('toolbar').getByRole('button', { name, exact: true });
  /** Whether the terminal and the keys below it are within what is seen, one above the other. */
  const isInOrder = (): Promise<boolean> =>
    page.page.evaluate(() => {
      const terminal = document.querySelector('.xterm-screen')?.getBoundingClientRect();
      const keys = document.querySelector('#keys')?.getBoundingClientRect();
      if (terminal === undefined || keys === undefined) return false;
      const height = visualViewport?.height ?? innerHeight;
      return (
        terminal.top >= 0 &&
        terminal.right <= innerWidth &&
        terminal.bottom <= keys.top &&
        keys.bottom <= height + 0.5 &&
        keys.height >= 40 &&
        document.documentElement.scrollWidth <= innerWidth
      );
    });
  const drag = async (x: number, fromY: number, toY: number): Promise<void> => {
    const at = (y: number) => ({ touchPoints: [{ x, y }] });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', ...at(fromY) });
    for (let step = 1; step <= 10; step += 1) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', ...at(fromY + ((toY - fromY) * step) / 10) });
    }
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };

  /** Two fingers, each as far from a point in the middle. */
  const pinch = async (from: number, to: number): Promise<void> => {
    const at = (distance: number) => ({
      touchPoints: [-1, 1].map((side, id) => ({ x: 195, y: 250 + side * distance, id })),
    });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(from).touchPoints.slice(0, 1) });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', ...at(from) });
    for (let step = 1; step <= 15; step += 1) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', ...at(from + ((to - from) * step) / 15) });
    }
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };

  it('fits, and a tap brings what one types to the composer', async () => {
    expect(await isInOrder()).toBe(true);
    const composer = await page.find(/Message #lobby/);
    await page.page.touchscreen.tap(composer.x, composer.y);
    expect(await page.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await page.page.keyboard.insertText('from a phone é日');
    await page.see(/from a phone é日/);
    await picture(page, 'phone');
  });

  it('keeps the composer above the soft keyboard', async () => {
    await page.page.setViewportSize(ABOVE_KEYBOARD);
    await pollFor(isInOrder, true);
    await page.see(/from a phone é日/);
    const composer = await page.find(/from a phone/);
    expect(composer.y).toBeLessThan(ABOVE_KEYBOARD.height - 40);
    await picture(page, 'phone-keyboard');
    await page.page.setViewportSize(PHONE);
    await pollFor(isInOrder, true);
  });

  it('has the keys that a phone lacks, and the terminal keeps the focus', async () => {
    await key('Enter').tap();
    await page.see(/Message #lobby/);
    await key('Up').tap();
    await page.see(/› from a phone é日/);
    await key('Left').tap();
    await key('Control').tap();
    expect(await key('Control').getAttribute('aria-pressed')).toBe('true');
    await page.page.keyboard.type('u');
    await page.see(/› 日/);
    expect(await key('Control').getAttribute('aria-pressed')).toBe('false');
    expect(await page.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await key('Control').tap();
    await page.page.keyboard.type('e');
    await key('Control').tap();
    await page.page.keyboard.type('u');
    await page.see(/Message #lobby/);
    await page.page.keyboard.type('/he');
    await key('Tab').tap();
    await page.see(/\/help/);
    await key('Enter').tap();
    await page.see(/Writing/);
    await picture(page, 'phone-help');
    await key('Escape').tap();
    await pollFor(() => page.count(/Writing/), 0);
  });

  it('scrolls with a finger, and copies what a finger is held on', async () => {
    // Two fill their rows: by that alone the next one would be taken for more of the same message.
    const fills = (line: number): boolean => line === 37 || line === 38;
    for (let line = 1; line <= 40; line += 1) {
      await page.say(`line ${line} of forty${fills(line) ? ', as long as a row is' : ''}`);
    }
    await page.see(/line 40 of forty/);
    await drag(200, 200, 500);
    await pollFor(() => page.count(/line 40 of forty/), 0);
    await picture(page, 'phone-scrolled');
    await drag(200, 500, 100);
    await page.see(/line 40 of forty/);
    const line = await page.find(/line 38 of/);
    // The browser goes by the times that its touches are said to have.
    const now = Date.now() / 1000;
    const held = { touchPoints: [{ x: line.x, y: line.y }], timestamp: now };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', ...held });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [], timestamp: now + 1 });
    await pollFor(
      () => page.page.evaluate(() => navigator.clipboard.readText()),
      'line 38 of forty, as long as a row is',
    );
  });

  it('is enlarged by two fingers, and a letter at a time by Ctrl and a sign', async () => {
    const scale = (): Promise<number> => page.page.evaluate(() => visualViewport?.scale ?? 0);
    const before = await page.size();
    await pinch(30, 150);
    await pollFor(scale, (value) => value > 1.5);
    await picture(page, 'phone-enlarged');
    // The program's screen is what it was: more of it is out of sight.
    expect(await page.size()).toEqual(before);
    await pinch(150, 5);
    await pollFor(scale, 1);
    const columns = async (): Promise<number> => (await page.size())?.cols ?? 0;
    await key('Control').tap();
    await page.page.keyboard.type('+');
    await pollFor(columns, (count) => count < (before?.cols ?? 0));
    expect(await key('Control').getAttribute('aria-pressed')).toBe('false');
    await key('Control').tap();
    await page.page.keyboard.type('0');
    await pollFor(columns, before?.cols ?? 0);
    // Neither was typed.
    await page.see(/Message #lobby/);
  });

  it('says on two lines what does not fit on one', async () => {
    await page.page.context().setOffline(true);
    await pollFor(
      () => page.bar(),
      (text) => text?.includes('Reconnecting in') ?? false,
    );
    await picture(page, 'phone-offline');
    const overflow = await page.page.evaluate(() => document.querySelector('#bar')?.scrollWidth ?? 0);
    expect(overflow).toBeLessThanOrEqual(PHONE.width);
    await page.page.context().setOffline(false);
    await page.isAttached(true);
    await pollFor(isInOrder, true);
    expect(page.faults).toEqual([]);
  });
});
