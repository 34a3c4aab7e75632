/** The page as a part of its browser: titles, notifications, screen readers, colours, keys, and how it is installed. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { benchOfPages } from './page-bench.ts';
import { picture } from './start-parley.ts';

describe('the page', { timeout: 120_000 }, () => {
  const bench = benchOfPages({ width: 1200, height: 700 });

  it('tells of unread messages in its title, and of mentions outside of it', async () => {
    const nick = bench.newNick();
    const page = await bench.enter({}, `?room=lobby&nick=${nick}`);
    const other = await bench.enter();
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
        constructor(title: string, { body, tag, renotify }: { body: string; tag?: string; renotify?: boolean }) {
          super();
          // A browser shows another one of the same tag without a sound, unless it is told not to.
          shown.push(`${title}: ${body}${tag === undefined || renotify === true ? '' : ' (silently)'}`);
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
    );
    await pollFor(
      () => page.bar(),
      (text) => text?.includes('notify you of mentions') ?? false,
    );
    await picture(page, 'offer');
    await page.page.getByRole('button', { name: 'Yes' }).click();
    expect(await shown()).toEqual(['asked from a gesture']);
    await pollFor(() => page.page.locator('#bar').isHidden(), true);
    await page.page.evaluate(() => document.querySelector('textarea')?.blur());
    // The client calls once for many mentions within two seconds.
    await pollFor(
      async () => {
        await other.say(`${nick}: hello?`);
        return shown();
      },
      (notes) => notes.some((note) => /^ada\d+ in #lobby: ada\d+: hello\?$/.test(note)),
      { intervalMs: 1000 },
    );
    await page.page.evaluate(() => document.querySelector('textarea')?.focus());
    await pollFor(
      () => page.page.title(),
      (title) => !title.startsWith('('),
    );
    // The question is asked once.
    await page.page.reload();
    await page.see(/Message #lobby/);
    await page.write('\u001b]777;notify;a;b\u0007');
    await page.page.keyboard.type('after');
    await page.see(/after/);
    expect(await page.page.locator('#bar').isHidden()).toBe(true);
  });

  it('has a mode for screen readers that it remembers', async () => {
    const page = await bench.enter();
    const reader = page.page.getByRole('switch', { name: 'Screen reader mode' });
    await reader.focus();
    await picture(page, 'screen-reader-switch');
    await page.page.keyboard.press('Enter');
    await pollFor(() => page.page.locator('.xterm-accessibility').count(), 1);
    await page.page.reload();
    await page.see(/Message #lobby/);
    await pollFor(
      () => page.page.locator('.xterm-accessibility').textContent(),
      (text) => /Message #lobby/.test(text ?? ''),
    );
    expect(await reader.getAttribute('aria-checked')).toBe('true');
  });

  it('speaks what others say without a key, in the mode for screen readers', async () => {
    const page = await bench.enter({}, `?room=lobby&nick=${bench.newNick()}&screenreader=1`);
    const other = await bench.enter();
    const log = page.page.getByRole('log');
    const isHeard = (text: string): Promise<string | null> =>
      pollFor(
        () => log.textContent(),
        (words) => words?.includes(text) ?? false,
      );
    expect(await log.getAttribute('aria-live')).toBe('polite');
    expect(await page.page.locator('.live-region').getAttribute('aria-live')).toBe('off');
    await other.say('<b>Hello</b>; is anyone there?');
    await isHeard(': <b>Hello</b>; is anyone there?');
    // Far more lines than xterm would speak of.
    for (let count = 1; count <= 5; count++) {
      await other.say(`number ${count}`);
      await isHeard(`: number ${count}`);
    }
    expect(await log.evaluate((element) => getComputedStyle(element).clipPath)).toBe('inset(50%)');
    // Turned off and on again where one is.
    const reader = page.page.getByRole('switch', { name: 'Screen reader mode' });
    await reader.press('Enter');
    await other.say('to nobody');
    await page.see(/to nobody/);
    await reader.press('Enter');
    expect(await page.page.locator('.live-region').getAttribute('aria-live')).toBe('off');
    await pollFor(
      () => log.textContent(),
      (words) => words?.match(/You are in #lobby/gu)?.length === 2,
    );
    await other.say('to one again');
    expect(await isHeard('to one again')).not.toContain('to nobody');
  });

  it.each(['dark', 'light'] as const)('is of one piece with its screen on a %s system', async (colorScheme) => {
    const page = await bench.enter({ colorScheme });
    await page.say('A screen and its frame.');
    await page.see(/A screen and its frame/);
    const ground = await pollFor(
      () => page.page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      (color) => color !== 'rgb(20, 22, 27)',
    );
    expect(
      await page.page.evaluate(() => document.querySelector('meta[name=theme-color]')?.getAttribute('content')),
    ).toBe(`#${[...ground.matchAll(/\d+/g)].map(([part]) => Number(part).toString(16).padStart(2, '0')).join('')}`);
    await picture(page, colorScheme);
  });

  it('is empty once its person has left, and its title and its badge tell of nothing any more', async () => {
    const page = await bench.enter({
      script: () => {
        const badges: number[] = [];
        Object.assign(navigator, { setAppBadge: (count: number) => Promise.resolve(void badges.push(count)) });
        Object.assign(window, { badges });
      },
    });
    const badges = (): Promise<number[]> =>
      page.page.evaluate(() => (window as unknown as { badges: number[] }).badges);
    await page.write('\u001b]2;(3) #lobby · Parley\u0007');
    await pollFor(badges, (counts) => counts.at(-1) === 3);
    await page.say('/quit');
    await page.page.getByRole('button', { name: 'Come back' }).waitFor();
    await pollFor(() => page.countColors(), 1);
    expect(await page.page.title()).toBe('Parley');
    expect((await badges()).at(-1)).toBe(0);
  });

  it('can be installed', async () => {
    const page = await bench.open('');
    const manifest = (await (await fetch(`${bench.parley.server.url}/manifest.webmanifest`)).json()) as {
      icons: { src: string; purpose: string }[];
    };
    expect(manifest).toMatchObject({ start_url: '/', display: 'standalone' });
    for (const { src } of manifest.icons) expect((await fetch(bench.parley.server.url + src)).status).toBe(200);
    expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
    const client = await page.page.context().newCDPSession(page.page);
    const { installabilityErrors } = await client.send('Page.getInstallabilityErrors');
    // A window of its own without a profile can't install anything; the page itself is in order.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  });

  it('leaves the browser its keys for windows', async () => {
    const page = await bench.enter();
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
