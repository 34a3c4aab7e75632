/** The page when it is cut off and comes back, and whose client it is then. */
import { pollFor, RawClient } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { ChatPage } from './chat-page.ts';
import { benchOfPages } from './page-bench.ts';
import { picture } from './start-parley.ts';

describe('the page', { timeout: 120_000 }, () => {
  const bench = benchOfPages({ width: 1200, height: 700 });

  /** A page whose timers can be stopped: all of them, from its start on. */
  const enterWithClock = async (): Promise<ChatPage> => {
    const page = await bench.enter();
    await page.page.clock.install();
    await page.page.reload();
    await page.see(/Message #lobby/);
    return page;
  };
  /** Between two tries: no timer of the page goes off any more, the one of its next try among them. */
  const stopClock = async (page: ChatPage): Promise<void> => {
    const { clock } = page.page;
    await pollFor(async () => {
      await clock.pauseAt((await page.page.evaluate(() => Date.now())) + 500);
      const state = await page.state();
      // A try that has just begun is not the one that is waited for.
      if (state !== 'waiting') await clock.resume();
      return state;
    }, 'waiting');
  };

  it('counts down to the next try while it is cut off, above a whole screen, and the network alone brings it back', async () => {
    const page = await enterWithClock();
    await page.say('before the tunnel');
    // With its time: what is on its way has none yet.
    await page.see(/\d\d:\d\d +ada\d+ +before the tunnel/);
    const rows = await page.screen();
    await page.page.context().setOffline(true);
    await pollFor(
      () => page.bar(),
      (text) => /There is no network\. ?Reconnecting in \d+ s…/.test(text ?? ''),
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
    );
    await picture(page, 'offline');
    // Long enough for the delays to grow; what brings it back then is the network.
    await pollFor(
      () => page.bar(),
      (text) => /in [4-9] s/.test(text ?? ''),
    );
    await stopClock(page);
    await page.page.context().setOffline(false);
    await page.isAttached(true);
    await page.page.clock.resume();
    expect(await page.page.locator('#bar').isHidden()).toBe(true);
    await page.see(/before the tunnel/);
  });

  it('shows all of its last screen while it is cut off, whatever becomes of the window, and fills that once it is back', async () => {
    const page = await bench.enter();
    const isWithin = (): Promise<boolean> =>
      page.page.evaluate(() => {
        const terminal = document.querySelector('.xterm-screen')?.getBoundingClientRect();
        const shown = document.querySelector('#bar')?.getBoundingClientRect();
        if (terminal === undefined || shown === undefined) return false;
        const { top, right, bottom, left } = terminal;
        return top >= shown.bottom && left >= 0 && right <= innerWidth && bottom <= innerHeight;
      });
    const size = await page.size();
    await page.page.context().setOffline(true);
    await page.isAttached(false);
    for (const [width, height] of [
      [1200, 300],
      [500, 700],
      [1300, 900],
    ] as const) {
      await page.page.setViewportSize({ width, height });
      await pollFor(isWithin, true);
      await picture(page, `cut-off-${width}`);
    }
    expect(await page.size()).toEqual(size);
    await page.page.setViewportSize({ width: 500, height: 700 });
    await page.page.context().setOffline(false);
    await page.isAttached(true);
    await pollFor(
      () => page.size(),
      (now) => now !== undefined && now.cols < 60,
    );
    await page.see(/Message #lobby/);
  });

  it('tries again when it is looked at, without waiting for the next try', async () => {
    const page = await enterWithClock();
    await page.page.routeWebSocket(/terminal/, (socket) => socket.close());
    await page.page.evaluate(() => window.dispatchEvent(new Event('offline')));
    await pollFor(
      () => page.bar(),
      (text) => /in [2-9] s/.test(text ?? ''),
    );
    await stopClock(page);
    await page.page.unrouteAll?.();
    await page.page.routeWebSocket(/terminal/, (socket) => void socket.connectToServer());
    await page.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.isAttached(true);
  });

  it('has read nothing of what comes while it is away, and all of it once it is looked at again', async () => {
    const { url } = bench.parley.server;
    const nick = bench.newNick();
    const password = 'correct horse';
    const answer = await fetch(`${url}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nick, password }),
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    // Another device of the same person hears what is read.
    const device = await RawClient.enter(url, { token: accessToken });
    const other = await RawClient.enter(url, bench.newNick());
    await other.request({ type: 'room.join', room: 'lobby' });

    const say = async (text: string): Promise<unknown> => {
      const cid = crypto.randomUUID();
      return (await other.request({ type: 'message.send', room: 'lobby', cid, text }))['seq'];
    };
    const watched = async (): Promise<number> => {
      const health = await (await fetch(`${url}/healthz`)).json();
      return (health as { watched: number }).watched;
    };
    const page = await bench.open('');
    await page.see(/Nick/);
    await page.page.keyboard.press('Shift+Tab');
    await page.page.keyboard.press('ArrowRight');
    await page.page.keyboard.press('Enter');
    await page.say(nick);
    await page.say(password);
    await page.see(/Message #lobby/);
    expect(await watched()).toBe(1);
    const [socket] = await Promise.all([page.page.waitForEvent('websocket'), page.page.reload()]);
    await page.see(/Message #lobby/);
    await device.next({ type: 'read', room: 'lobby', seq: await say('seen as it comes') });

    await page.page.context().setOffline(true);
    await pollFor(() => socket.isClosed(), true);
    // The gateway hears of it a moment later than the page.
    await pollFor(watched, 0);
    const missed = await say('while nobody looks');
    await page.page.context().setOffline(false);
    // The line of what is new is drawn for what came unseen alone.
    await page.see(/─ new ─/);
    const rows = await page.screen();
    const lineOf = rows.findIndex((row) => /─ new ─/.test(row));
    expect(rows[lineOf + 1]).toContain('while nobody looks');
    expect(device.unread({ type: 'read', seq: missed })).toEqual([]);
    // Focused again, and nobody has pressed a key.
    await device.next({ type: 'read', room: 'lobby', seq: missed });
    device.close();
    other.close();
  });

  it('is a client of its own in each tab, and each stays itself while the cookie changes under it', async () => {
    const page = await bench.enter();
    const context = page.page.context();
    const cookie = async (): Promise<string | undefined> =>
      (await context.cookies()).find(({ name }) => name === 'parley')?.value;
    const first = await cookie();
    await page.page.keyboard.type('draft of the first');
    const second = await ChatPage.openIn(context, `${bench.parley.server.url}/?room=lobby&nick=${bench.newNick()}`);
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
    expect(await bench.parley.server.kill('SIGTERM')).toBe(0);
    await bench.parley.server.restart();
    await Promise.all([page.isAttached(true), second.isAttached(true)]);
    await page.see(/draft of the first/);
    await second.see(/draft of the second/);
    expect(await page.state()).toBe('attached');
  });

  it('goes on with the sentence that is typed while the server starts anew, and sends nothing by itself', async () => {
    const page = await bench.enter();
    await page.page.keyboard.type('a sentence');
    await page.see(/a sentence/);
    expect(await bench.parley.server.kill('SIGTERM')).toBe(0);
    await page.isAttached(false);
    await page.page.keyboard.type(' that goes on,');
    await page.page.keyboard.press('Enter');
    await page.page.keyboard.type('?andd');
    await page.page.keyboard.press('Backspace');
    await page.page.keyboard.type(' on');
    await pollFor(
      () => page.bar(),
      (text) => /Kept as you type:“.*goes on,⏎\?and on”/.test(text ?? ''),
    );
    await picture(page, 'held');
    await bench.parley.server.restart();
    await page.isAttached(true);
    await page.see(/a sentence that goes on,/);
    await page.see(/\?and on/);
    await page.page.keyboard.type(', and is sent once');
    await page.page.keyboard.press('Enter');
    await page.see(/Message #lobby/);
    await page.see(/ada\d+ +a sentence that goes on,|^ *a sentence that goes on,/);
    expect(await page.count(/a sentence/)).toBe(1);
    await page.see(/\?and on, and is sent once/);
    expect(await page.page.locator('#bar').isHidden()).toBe(true);
  });

  it('hands what was typed in a chat to no form, and says that it is lost', async () => {
    const page = await bench.open('');
    await page.see(/Nick/);
    await page.say(bench.newNick());
    await page.see(/Message #lobby/);
    expect(await bench.parley.server.kill('SIGTERM')).toBe(0);
    await page.isAttached(false);
    await page.page.keyboard.type('for the room');
    // Another browser, to the server: nothing is kept for it.
    await page.page.context().clearCookies();
    await bench.parley.server.restart();
    await page.see(/Nick/);
    await pollFor(
      () => page.bar(),
      (text) => text?.includes('What you typed without a connection is lost.') ?? false,
    );
    expect(await page.count(/for the room/)).toBe(0);
    await page.say(bench.newNick());
    await page.see(/Message #lobby/);
  });

  it('comes back to its session also when the page that it replaces takes its time to go', async () => {
    const page = await bench.enter();
    await page.page.keyboard.type('still here');
    await page.see(/still here/);
    const tab = await page.page.evaluate(() => sessionStorage.getItem('parley.tab'));
    // Next in line for what the page holds, and in no hurry then.
    const slow = await page.page.context().newPage();
    await slow.goto(`${bench.parley.server.url}/healthz`);
    const name = `parley.tab.${tab}`;
    await slow.evaluate((lock) => {
      void navigator.locks.request(lock, () => new Promise<void>((release) => Object.assign(window, { release })));
    }, name);
    await page.page.reload();
    await pollFor(
      () =>
        slow.evaluate(async (lock) => {
          const { pending = [] } = await navigator.locks.query();
          return 'release' in window && pending.some((each) => each.name === lock);
        }, name),
      true,
      { what: 'the slow page to hold the tab, and the new one to wait for it' },
    );
    await slow.evaluate(() => (window as unknown as { release(): void }).release());
    await page.see(/still here/);
    expect(await page.page.evaluate(() => sessionStorage.getItem('parley.tab'))).toBe(tab);
  });

  it('leads back to nobody after a sign-out, whatever cookie and tab there are', async () => {
    const page = await bench.open('');
    await page.see(/Nick/);
    await page.say(bench.newNick());
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
});
