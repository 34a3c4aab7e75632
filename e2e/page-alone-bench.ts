/** A page without Parley behind it: in a browser, with a gateway whose terminal program is the tests' own. */
import { fileURLToPath } from 'node:url';
import { launchBrowser, makeTemporaryFolder, pollFor } from '@parley/testkit';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startGateway, type TestGateway } from '../apps/gateway/test/gateway-harness.ts';

declare global {
  interface Window {
    __parley?: { screen(): string[]; state(): string; write(text: string): void };
  }
}

/** In a file's top level: the page as it is built now and a browser for all of its tests, and for each at most one gateway. */
export class LonePageBench {
  gateway: TestGateway | undefined;
  /** What the browser complained about: violations of the policy, errors, files that were not there. */
  complaints: string[] = [];
  readonly #folder = makeTemporaryFolder();
  #browser: Browser | undefined;

  constructor() {
    beforeAll(async () => {
      const root = fileURLToPath(new URL('../web', import.meta.url));
      await build({ root, logLevel: 'error', build: { outDir: this.#folder.path, emptyOutDir: true } });
      this.#browser = await launchBrowser();
    });
    afterAll(async () => {
      await this.browser.close();
      this.#folder.remove();
    });
    afterEach(async () => {
      for (const context of this.browser.contexts()) await context.close();
      await this.gateway?.close();
      this.gateway = undefined;
      this.complaints = [];
    });
  }

  get browser(): Browser {
    if (this.#browser === undefined) throw new Error('The browser is not launched yet.');
    return this.#browser;
  }

  async startGateway(): Promise<TestGateway> {
    this.gateway = await startGateway({}, { webFolder: this.#folder.path });
    return this.gateway;
  }

  readonly openPage = async (query = '&renderer=webgl', options: BrowserContextOptions = {}): Promise<Page> => {
    const { url } = this.gateway ?? (await this.startGateway());
    const context = await this.browser.newContext({ viewport: { width: 800, height: 400 }, ...options });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('requestfailed', (request) => this.complaints.push(`failed: ${request.url()}`));
    await page.goto(`${url}/?test=1${query}`);
    await shows(page, 'ready');
    return page;
  };
}

export const screen = (page: Page): Promise<string> => page.evaluate(() => window.__parley?.screen().join('\n') ?? '');
export const shows = (page: Page, text: string): Promise<string> =>
  pollFor(
    () => screen(page),
    (value) => value.includes(text),
    { what: text },
  );
export const becomes = (page: Page, state: string): Promise<unknown> =>
  pollFor(() => page.evaluate(() => window.__parley?.state()), state);
export const bar = (page: Page): Promise<string | null> => page.locator('#bar').textContent();
