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
 * Whoever has just loaded the page opens a terminal next. That waits for nothing: the cookie that was given with the page
 * can't have worn out yet, since a replaced one works for longer than it is remembered here.
 *
 *   given ──▶ remembered ──terminal opened──▶ shown to the core beside it, until the core has heard of it
 *                 └──MEMORY_MS after it was given, or the core says that it was replaced──▶ forgotten
 *
 * While the core can't be asked, a first cookie names its browser as long as that browser has shown no other here. Of one
 * that has not been here, or was forgotten, nobody can say whether its first cookie was replaced: it waits, as all others do.
 *
 *   not known ──first cookie shown, and good──▶ trusted with it ──a later one shown, or the core refuses it──▶ not trusted
 */
import { callHttp } from '@parley/client';
import { BoundedMap, TICKET_HEADER } from '@parley/protocol';
import { ExpiringMap, type Logger, makeTicket } from '@parley/service';
import { cookieHash, firstCookie, isFirstCookie, nextCookie } from './browser-cookie.ts';

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
/** Whoever asks for more pages than that in that time waits for the core like everyone did. */
const MAX_REMEMBERED = 10_000;
/** Of more browsers than that the one that was shown first is forgotten. */
const MAX_BROWSERS = 20_000;
/** A core that could not be told of a cookie is told again. */
const SHOW_AGAIN_MS = 2000;

/** `unknown`: the cookie was replaced. `unavailable`: nobody can say at the moment. */
type Answer = { browser: string } | 'unknown' | 'unavailable';

/** A cookie that a page came with. */
interface Given {
  readonly browser: string;
  /** Whether the core knows, or is being told, that the browser has it. */
  state: 'shown' | 'not shown';
}

export class Browsers {
  readonly #options: BrowsersOptions;
  /** What was given, by the cookie's hash, on `performance.now`'s clock. */
  readonly #given = new ExpiringMap<Given>(MAX_REMEMBERED);
  /** By browser, whether its first cookie is the only one it has shown here. */
  readonly #hasFirstOnly = new BoundedMap<string, boolean>(MAX_BROWSERS);

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
    this.#remember(hash, answer.browser, 'not shown');
    return next;
  }

  /** A newcomer's cookie, of which the core keeps nothing before it is replaced. */
  #first(): string {
    const cookie = firstCookie();
    const hash = cookieHash(cookie);
    this.#remember(hash, browserNamedBy(hash), 'shown');
    return cookie;
  }

  /** The browser that shows a cookie, if it names one. Rejects when that can't be said now: it may come back. */
  async browserOf(cookie: string, address: string): Promise<string | undefined> {
    const hash = cookieHash(cookie);
    const isFirst = isFirstCookie(cookie);
    const given = this.#given.get(hash, performance.now());
    if (given !== undefined) {
      if (given.state === 'not shown') void this.#showBeside(hash, given, address);
      this.#shown(given.browser, isFirst);
      return given.browser;
    }
    const answer = await this.#ask(`${hash}/show`, address, {});
    const named = browserNamedBy(hash);
    if (answer === 'unknown') {
      if (isFirst) this.#shown(named, false);
      return undefined;
    }
    if (answer !== 'unavailable') {
      this.#shown(answer.browser, isFirst);
      return answer.browser;
    }
    if (isFirst && this.#hasFirstOnly.get(named) === true) return named;
    throw new Error('the core can not be asked whose cookie it is');
  }

  /** A browser that has had another cookie than its first never goes back to that. */
  #shown(browser: string, isFirst: boolean): void {
    this.#hasFirstOnly.set(browser, isFirst && this.#hasFirstOnly.get(browser) !== false);
  }

  /** Tells the core that a browser has the cookie: until it has, those before it go on working. */
  async #showBeside(hash: string, given: Given, address: string): Promise<void> {
    given.state = 'shown';
    const answer = await this.#ask(`${hash}/show`, address, {});
    if (answer === 'unknown') this.#given.delete(hash);
    if (answer !== 'unavailable' || this.#given.get(hash, performance.now()) !== given) return;
    setTimeout(() => void this.#showBeside(hash, given, address), SHOW_AGAIN_MS).unref();
  }

  #remember(hash: string, browser: string, state: Given['state']): void {
    this.#given.set(hash, { browser, state }, performance.now() + MEMORY_MS);
  }

  async #ask(path: string, address: string, body: object): Promise<Answer> {
    const { coreUrl, secret, log } = this.#options;
    try {
      const { status, text } = await callHttp(new URL(`/api/browser-cookies/${path}`, coreUrl), {
        method: 'POST',
        idempotent: true,
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
