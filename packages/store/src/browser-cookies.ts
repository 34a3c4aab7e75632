/**
 * Which browser a cookie names, by the cookie's hash: a browser keeps its id while its cookie is replaced again and again.
 * Knows neither cookies nor what is kept for a browser.
 *
 *   a browser's first cookie has no row until it is replaced: its browser is the first half of its hash
 *   issued ──shown by the browser──▶ current ──another issued one is shown──▶ retired ──grace──▶ gone
 *      └──another issued one is shown──▶ good for the grace: two answers may have crossed
 *
 * An issued cookie may never have reached the browser, so the current one stays until an issued one is shown.
 */
import type { Database, Transaction } from './database.ts';

/** Pages that were asked for and never came to be; more than these nobody can have under way. */
const MAX_ISSUED = 8;

// All that a browser has is locked first, to the last row, which the count is for, and in one order: of tabs that show
// different cookies at once none waits for another that waits for it.
const SHOW = `
  with locked as materialized (
    select hash from browser_cookies where browser = $3 order by hash for update
  ), shown as (
    update browser_cookies set state = 'current', expires_at = null
    where hash = $1 and state = 'issued' and (expires_at is null or expires_at > now())
      and (select count(*) from locked) > 0
    returning browser)
  update browser_cookies other set
    state = case other.state when 'current' then 'retired' else other.state end,
    expires_at = least(other.expires_at, now() + $2 * interval '1 millisecond')
  from shown where other.browser = shown.browser and other.hash <> $1`;

export class BrowserCookies {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The browser that shows a cookie, which makes an issued one the current one: the others work for `graceMs` more.
   * Undefined for one that was replaced.
   */
  async show(hash: string, graceMs: number): Promise<string | undefined> {
    const { browser, isIssued } = await find(this.#database, hash);
    if (browser === undefined || !isIssued) return browser;
    await this.#database.sql(SHOW, [hash, graceMs, browser]);
    return browser;
  }

  /** Gives the browser that has a cookie another one. Undefined for a cookie that was replaced. */
  async issue(hash: string, next: string): Promise<string | undefined> {
    return this.#database.transaction(async (transaction) => {
      const { browser } = await find(transaction, hash);
      if (browser === undefined) return undefined;
      await transaction.sql(
        `insert into browser_cookies (hash, browser, state) values ($1, $2, 'current') on conflict (hash) do nothing`,
        [hash, browser],
      );
      await transaction.sql(
        `insert into browser_cookies (hash, browser, state) values ($1, $2, 'issued') on conflict (hash) do nothing`,
        [next, browser],
      );
      await transaction.sql(
        `delete from browser_cookies where hash = any (array(
           select hash from browser_cookies where browser = $1 and (expires_at < now() or hash in (
             select hash from browser_cookies where browser = $1 and state = 'issued'
             order by created_at desc, hash offset ${MAX_ISSUED}))
           order by hash for update))`,
        [browser],
      );
      return browser;
    });
  }

  /** Forgets cookies that were made before a time: a browser keeps none for so long. */
  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('browser_cookies', 'created_at < $1', [olderThan]);
  }
}

/** A first cookie that was replaced has its row, or at least its successors have: it names nobody any more. */
async function find(
  database: Pick<Database | Transaction, 'sql'>,
  hash: string,
): Promise<{ browser: string | undefined; isIssued: boolean }> {
  const first = hash.slice(0, hash.length / 2);
  const rows = await database.sql<{ hash: string; browser: string; live: boolean; state: string }>(
    `select hash, browser, state, expires_at is null or expires_at > now() as live from browser_cookies
     where hash = $1 or browser = $2 order by hash = $1 desc limit 1`,
    [hash, first],
  );
  const [row] = rows;
  if (row === undefined) return { browser: first, isIssued: false };
  const browser = row.hash === hash && row.live ? row.browser : undefined;
  return { browser, isIssued: row.state === 'issued' };
}
