/** A person in a browser: one page on Parley, read as rows of text. */
import { pollFor } from '@parley/testkit';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** What the page shows of itself with `?test=1`. */
interface TestedWindow {
  __parley?: {
    screen(): string[];
    state(): string;
    size(): { cols: number; rows: number };
    write(text: string): void;
  };
}

export class ChatPage {
  readonly page: Page;
  /** What the page's Content-Security-Policy refused, and uncaught errors. */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.faults.push(message.text());
    });
  }

  /** Opens the address with a browser profile of its own. */
  static async open(
    browser: Browser,
    url: string,
    size = { width: 1200, height: 800 },
    options: BrowserContextOptions = {},
  ): Promise<ChatPage> {
    return ChatPage.openIn(await browser.newContext({ viewport: size, ...options }), url);
  }

  /** Another tab of a browser. Whichever is closed closes all of its tabs. */
  static async openIn(context: BrowserContext, url: string): Promise<ChatPage> {
    const chat = new ChatPage(context, await context.newPage());
    const address = new URL(url);
    address.searchParams.set('test', '1');
    // As most people have it: a machine for tests has no graphics card, and the page would take the DOM.
    if (!address.searchParams.has('renderer')) address.searchParams.set('renderer', 'webgl');
    await chat.page.goto(address.href);
    return chat;
  }

  screen(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as TestedWindow).__parley?.screen() ?? []);
  }

  /** Waits until the page's connection is there, or is not: until it is, the screen is the last one. */
  async isAttached(expected: boolean): Promise<void> {
    await pollFor(
      () => this.page.evaluate(() => (window as unknown as TestedWindow).__parley?.state() === 'attached'),
      expected,
      {
        intervalMs: 50,
        what: `the page to be ${expected ? 'attached' : 'cut off'}`,
      },
    );
  }

  /** Waits until a row of the screen matches. */
  async see(pattern: RegExp): Promise<void> {
    await pollFor(
      () => this.screen(),
      (rows) => rows.some((row) => pattern.test(row)),
      { intervalMs: 50, what: `a row that matches ${String(pattern)}` },
    );
  }

  /** Where the first match is on the screen, in pixels of the window: the middle of its first cell, and its size. */
  async find(
    pattern: RegExp,
  ): Promise<{ x: number; y: number; width: number; cell: { width: number; height: number } }> {
    const rows = await this.screen();
    const row = rows.findIndex((each) => pattern.test(each));
    const match = pattern.exec(rows[row] ?? '');
    if (match === null) throw new Error(`no row matches ${String(pattern)}:\n${rows.join('\n')}`);
    const box = await this.page.locator('.xterm-screen').boundingBox();
    const size = await this.page.evaluate(() => (window as unknown as TestedWindow).__parley?.size());
    if (box === null || size === undefined) throw new Error('no terminal');
    const cell = { width: box.width / size.cols, height: box.height / size.rows };
    return {
      x: box.x + (match.index + 0.5) * cell.width,
      y: box.y + (row + 0.5) * cell.height,
      width: match[0].length * cell.width,
      cell,
    };
  }

  /** As if its program had written this. */
  async write(text: string): Promise<void> {
    await this.page.evaluate((bytes) => (window as unknown as TestedWindow).__parley?.write(bytes), text);
  }

  size(): Promise<{ cols: number; rows: number } | undefined> {
    return this.page.evaluate(() => (window as unknown as TestedWindow).__parley?.size());
  }

  state(): Promise<string | undefined> {
    return this.page.evaluate(() => (window as unknown as TestedWindow).__parley?.state());
  }

  /** What the bar above the screen says. */
  bar(): Promise<string | null> {
    return this.page.locator('#bar').textContent();
  }

  /** Waits until nothing has been painted for a while. */
  async isStill(): Promise<void> {
    let before = '';
    let same = 0;
    await pollFor(
      async () => {
        const now = (await this.screen()).join('\n');
        same = now === before ? same + 1 : 0;
        before = now;
        return same;
      },
      (count) => count >= 5,
      { intervalMs: 50, what: 'a screen that stays as it is' },
    );
  }

  /** How many rows match. */
  async count(pattern: RegExp): Promise<number> {
    return (await this.screen()).filter((row) => pattern.test(row)).length;
  }

  /** How many colours the middle of the screen has, in what is really drawn; without the cursor at its top. */
  async countColors(): Promise<number> {
    const box = await this.page.locator('.xterm-screen').boundingBox();
    if (box === null) throw new Error('no terminal');
    const clip = { x: box.x + 10, y: box.y + box.height / 4, width: box.width - 20, height: box.height / 2 };
    const picture = await this.page.screenshot({ clip });
    return this.page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }, picture.toString('base64'));
  }

  /** Types a line and sends it. */
  async say(text: string): Promise<void> {
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
