/**
 * Whose browser a visitor's is. The cookie is another one after each load of the page, so the core keeps which browser it
 * names: a session is found again under the browser and the tab, whatever the cookie is by then, by whichever gateway.
 *
 *   page asked for:   no cookie ──▶ a first one; a cookie ──▶ its successor; a replaced one ──▶ a first one
 *   terminal opened:  the cookie's browser; from then on its predecessors work for 60 s more
 *
 * Tabs share the cookie: one that reconnects shows the newest, wherever that came from. A page that was asked for and never
 * came leaves the browser its old cookie, which works until a newer one is shown.
 *
 * Whoever has just loaded the page opens a terminal next: that waits for nothing, since what the core has answered a moment
 * ago still holds. (A cookie works for longer after it was replaced than an answer is remembered.)
 *
 *   cookie given or answered for ──▶ remembered ──terminal opened──▶ shown to the core beside it, if not yet
 *                                        └──MEMORY_MS, or the core says that it was replaced──▶ forgotten
 */
import { callHttp } from '@parley/client';
import { TICKET_HEADER } from '@parley/protocol';
import { type Logger, makeTicket } from '@parley/service';
import { cookieHash, firstCookie, isFirstCookie, nextCookie } from './session-cookie.ts';

export interface BrowsersOptions {
  /** Base URL of the core. */
  readonly coreUrl: string;
  readonly secret: Uint8Array | undefined;
  readonly log: Logger;
}

/** A core that takes longer is not there. */
const TIMEOUT_MS = 3000;
/** Half of the time for which a replaced cookie works. */
const MEMORY_MS = 30_000;

/** `unknown`: the cookie was replaced. `unavailable`: nobody can say at the moment. */
type Answer = { browser: string } | 'unknown' | 'unavailable';

export class Browsers {
  readonly #options: BrowsersOptions;
  /** By the cookie's hash, the oldest first. `isShown`: the core knows that the browser has it. */
  readonly #known = new Map<string, { readonly browser: string; readonly until: number; readonly isShown: boolean }>();

  constructor(options: BrowsersOptions) {
    this.#options = options;
  }

  /** The cookie that a browser gets with the page. Without an answer from the core it keeps the one it has. */
  async cookieFor(cookie: string | undefined, address: string): Promise<string> {
    if (cookie === undefined) return this.#first();
    const next = nextCookie();
    const hash = cookieHash(next);
    const answer = await this.#ask(`${cookieHash(cookie)}/next`, address, { next: hash });
    if (answer === 'unavailable') return cookie;
    if (answer === 'unknown') return this.#first();
    this.#remember(hash, answer.browser, false);
    return next;
  }

  /** A newcomer's cookie, of which the core keeps nothing before it is replaced. */
  #first(): string {
    const cookie = firstCookie();
    const hash = cookieHash(cookie);
    this.#remember(hash, browserNamedBy(hash), true);
    return cookie;
  }

  /** The browser that shows a cookie, if it names one. Rejects when that can't be said now: it may come back. */
  async browserOf(cookie: string, address: string): Promise<string | undefined> {
    const hash = cookieHash(cookie);
    const known = this.#known.get(hash);
    if (known !== undefined && known.until > Date.now()) {
      if (!known.isShown) void this.#show(hash, address);
      return known.browser;
    }
    const answer = await this.#show(hash, address);
    if (answer === 'unknown') return undefined;
    if (answer !== 'unavailable') return answer.browser;
    // A first cookie is nearly always a newcomer's, who may see the client wait for the core. Another name would be a guess.
    if (isFirstCookie(cookie)) return browserNamedBy(hash);
    throw new Error('the core can not be asked whose cookie it is');
  }

  async #show(hash: string, address: string): Promise<Answer> {
    const answer = await this.#ask(`${hash}/show`, address, {});
    if (answer === 'unknown') this.#known.delete(hash);
    else if (answer !== 'unavailable') this.#remember(hash, answer.browser, true);
    return answer;
  }

  #remember(hash: string, browser: string, isShown: boolean): void {
    const now = Date.now();
    this.#known.delete(hash);
    this.#known.set(hash, { browser, until: now + MEMORY_MS, isShown });
    for (const [oldest, { until }] of this.#known) {
      if (until > now) break;
      this.#known.delete(oldest);
    }
  }

  async #ask(path: string, address: string, body: object): Promise<Answer> {
    const { coreUrl, secret, log } = this.#options;
    try {
      const { status, text } = await callHttp(new URL(`/api/browser-cookies/${path}`, coreUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(secret === undefined ? {} : { [TICKET_HEADER]: await makeTicket(secret, address) }),
        },
        body: JSON.stringify(body),
        timeoutMs: TIMEOUT_MS,
      });
      if (status === 404) return 'unknown';
      if (status !== 200) throw new Error(`HTTP ${status}`);
      const { browser } = JSON.parse(text) as { browser?: unknown };
      if (typeof browser !== 'string') throw new Error('an answer without a browser');
      return { browser };
    } catch (error) {
      log.debug({ error: String(error) }, 'the core can not be asked about a cookie');
      return 'unavailable';
    }
  }
}

/** The browser that a first cookie names: the core says the same of one that it has no row for. */
const browserNamedBy = (hash: string): string => hash.slice(0, hash.length / 2);
