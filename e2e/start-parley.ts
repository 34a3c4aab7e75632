/** What a file of page tests runs against: one server, on a real Postgres where there is one, and one browser. */
import { launchBrowser, startTestServer, type TestServer } from '@parley/testkit';
import type { Browser } from 'playwright-core';
import type { ChatPage } from './chat-page.ts';

export interface Parley {
  readonly browser: Browser;
  readonly server: TestServer;
  close(): Promise<void>;
}

export async function startParley(): Promise<Parley> {
  const started = await startTestServer();
  const browser = await launchBrowser();
  return {
    browser,
    server: started.server,
    close: async () => {
      await browser.close();
      await started.close();
    },
  };
}

/** With PAGE_PICTURES set to a folder, what the page looks like is left there to be looked at. */
export async function picture({ page }: ChatPage, name: string): Promise<void> {
  const folder = process.env['PAGE_PICTURES'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}
