/** The page's colours: those of the system, or those that its person wishes. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import type { ChatPage } from './chat-page.ts';
import { type BrowserOptions, benchOfPages } from './page-bench.ts';
import { picture } from './start-parley.ts';

const DESK = { width: 1100, height: 810 };
const PHONE = { width: 390, height: 720 };
/** The ground of the client's side panes, which the page takes for its own. */
const SIDES = { light: 'rgb(241, 242, 245)', dark: 'rgb(26, 29, 36)' };
/** How a program teaches the terminal the ground of the client's dark theme. */
const DARK_GROUND = '\x1b]4;0;#14161b';

/** Notes every ground that the page has. */
function noteGrounds(): void {
  const grounds: string[] = [];
  Object.assign(window, { grounds });
  const look = (): void => {
    // Null before the document has begun.
    const root = document.documentElement as Element | null;
    const ground = root === null ? undefined : getComputedStyle(root).backgroundColor;
    if (ground !== undefined && grounds.at(-1) !== ground) grounds.push(ground);
    requestAnimationFrame(look);
  };
  look();
}

describe('the page', { timeout: 120_000 }, () => {
  const bench = benchOfPages(DESK);
  const light: BrowserOptions = { colorScheme: 'light', script: noteGrounds };
  const ground = (page: ChatPage): Promise<string> =>
    page.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seeTheme = (page: ChatPage, theme: 'light' | 'dark'): Promise<string> =>
    pollFor(() => ground(page), SIDES[theme]);
  /** Every ground that the page has had since it was loaded. */
  const grounds = (page: ChatPage): Promise<string[]> =>
    page.page.evaluate(() => (window as unknown as { grounds: string[] }).grounds);
  const isLight = (color: string): boolean => /rgb\(2[2-5]\d, 2[2-5]\d, 2[2-5]\d\)/.test(color);

  it('is light on a light system from its first moment on', async () => {
    const received: string[] = [];
    const context = await bench.parley.browser.newContext({ viewport: DESK, colorScheme: 'light' });
    const blank = await context.newPage();
    blank.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void received.push(payload.toString('utf8'))),
    );
    await blank.goto(`${bench.parley.server.url}/?room=lobby&nick=${bench.newNick()}`);
    await pollFor(
      () => received.join(''),
      (bytes) => bytes.includes('Message #lobby'),
    );
    expect(received.join('')).not.toContain(DARK_GROUND);
    await context.close();
    const page = await bench.enter(light);
    await seeTheme(page, 'light');
    expect((await grounds(page)).filter((color) => !isLight(color) && color !== 'rgba(0, 0, 0, 0)')).toEqual([]);
  });

  it('goes with the system while it is open, and its program with it', async () => {
    const page = await bench.enter(light);
    await page.page.keyboard.type('a draft');
    await seeTheme(page, 'light');
    await page.page.emulateMedia({ colorScheme: 'dark' });
    await seeTheme(page, 'dark');
    await picture(page, 'turned-dark');
    await page.page.emulateMedia({ colorScheme: 'light' });
    await seeTheme(page, 'light');
    await picture(page, 'turned-light');
    await page.page.keyboard.type(', still');
    await page.see(/› a draft, still *(?:│|$)/);
    // What the system has become while the page was away is seen when it is back.
    await page.page.context().setOffline(true);
    await page.isAttached(false);
    await page.page.emulateMedia({ colorScheme: 'dark' });
    await page.page.context().setOffline(false);
    await page.isAttached(true);
    await seeTheme(page, 'dark');
    await page.see(/› a draft, still *(?:│|$)/);
    await page.page.emulateMedia({ colorScheme: 'light' });
    await seeTheme(page, 'light');
  });

  it('remembers what its person wishes, by command and by its switch', async () => {
    const page = await bench.enter(light);
    await page.say('/theme dark');
    await seeTheme(page, 'dark');
    await page.page.emulateMedia({ colorScheme: 'dark' });
    await page.page.emulateMedia({ colorScheme: 'light' });
    await page.page.reload();
    await page.see(/Message #lobby/);
    await seeTheme(page, 'dark');
    expect((await grounds(page)).filter(isLight)).toEqual([]);
    const choice = page.page.getByRole('button', { name: 'Theme: dark' });
    await choice.focus();
    await picture(page, 'theme-switch');
    await page.page.keyboard.press('Enter');
    await seeTheme(page, 'light');
    expect(await page.page.getByRole('button', { name: 'Theme: as the system' }).count()).toBe(1);
    await page.page.keyboard.press('Enter');
    await page.page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.page.getByRole('button', { name: 'Theme: light' }).count()).toBe(1);
    await seeTheme(page, 'light');
  });

  it.each([
    ['desk', {}],
    ['phone', { viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
  ] as const)('can be read in all its parts, light, on a %s', async (name, options) => {
    const page = await bench.open('', { ...light, ...options });
    await page.see(/Who are you/);
    await picture(page, `light-${name}-welcome`);
    const nick = bench.newNick();
    await page.page.keyboard.type(nick);
    await page.page.keyboard.press('Enter');
    await page.see(/Message #lobby/);
    const other = await bench.enter({ colorScheme: 'dark' });
    await other.say(`Look at https://parley.invalid/${name}, it is new.`);
    await other.say(`${nick}: and you, ${nick}? See https://parley.invalid/you`);
    await page.see(/ See|^ *See/);
    await page.say('A message of my own, and one that is long enough to go on in the next row of the pane.');
    await page.say(`/create den-${name}`);
    await page.see(new RegExp(`Message #den-${name}`));
    await page.page.keyboard.press('Alt+ArrowUp');
    await page.see(/Message #lobby/);
    await page.page.keyboard.type('/nonsense');
    await page.page.keyboard.press('Enter');
    await page.see(/There is no command/);
    await picture(page, `light-${name}-room`);
    for (let key = 0; key < 9; key += 1) await page.page.keyboard.press('Backspace');
    for (const [key, pattern] of [
      ['F1', /┌─ Help/],
      ['Control+p', /┌─ Go to/],
    ] as const) {
      await page.page.keyboard.press(key);
      await page.see(pattern);
      await picture(page, `light-${name}-${key.toLowerCase()}`);
      await page.page.keyboard.press('Escape');
      await pollFor(() => page.count(pattern), 0);
    }
    const from = await page.find(/Look at/);
    await page.page.mouse.move(from.x, from.y);
    await page.page.mouse.down();
    await page.page.mouse.move(from.x + 6 * from.cell.width, from.y + from.cell.height, { steps: 4 });
    await picture(page, `light-${name}-selection`);
    await page.page.mouse.up();
    await page.page.context().setOffline(true);
    await pollFor(() => page.page.locator('#bar').isVisible(), true);
    await picture(page, `light-${name}-offline`);
    expect(isLight(await ground(page))).toBe(true);
  });
});
