/** What the tests of the page share: a server and a browser for the file, people, and pages that are closed after each test. */
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { ChatPage } from './chat-page.ts';
import { type Parley, startParley } from './start-parley.ts';

/** How a browser differs from the usual one, and the script that each of its pages starts with. */
export interface BrowserOptions extends BrowserContextOptions {
  readonly script?: () => void;
}

export interface PageBench {
  readonly parley: Parley;
  /** A nick that nobody in this file has. */
  newNick(): string;
  /** A page in a browser profile of its own: at the room of everyone under a new nick, unless the query says otherwise. */
  open(query?: string, options?: BrowserOptions): Promise<ChatPage>;
  /** The same, once its person can write. */
  enter(options?: BrowserOptions, query?: string): Promise<ChatPage>;
}

/** In a `describe`: each of its tests fails when one of its pages has complained. */
export function benchOfPages(viewport: { width: number; height: number }): PageBench {
  let parley: Parley;
  let people = 0;
  const opened: ChatPage[] = [];

  beforeAll(async () => {
    parley = await startParley();
  });
  afterAll(() => parley.close());
  afterEach(async () => {
    const pages = opened.splice(0);
    const faults = pages.flatMap((page) => page.faults);
    for (const page of pages) await page.close();
    if (faults.length > 0) throw new Error(`The page complained:\n${faults.join('\n')}`);
  });

  const newNick = (): string => `ada${(people += 1)}`;
  const open = async (
    query = `?room=lobby&nick=${newNick()}`,
    { script, ...options }: BrowserOptions = {},
  ): Promise<ChatPage> => {
    const context = await parley.browser.newContext({ viewport, ...options });
    if (script !== undefined) await context.addInitScript(script);
    const page = await ChatPage.openIn(context, `${parley.server.url}/${query}`);
    opened.push(page);
    return page;
  };
  return {
    get parley() {
      return parley;
    },
    newNick,
    open,
    async enter(options, query) {
      const page = await open(query, options);
      await page.see(/Message #lobby/);
      return page;
    },
  };
}
