/**
 * For the gateway, which replaces its visitors' cookies and has no database: which browser a cookie names. The cookie's
 * hash is the capability; the cookie itself does not come here.
 */
import { ChatError, HEX_64 } from '@parley/protocol';
import type { BrowserCookies } from '@parley/store';
import { z } from 'zod';
import type { HttpLimits } from './http-limits.ts';
import { defineRoute, type Route } from './route.ts';

/** Tabs that were loading when the cookie was replaced come with the old one. */
const GRACE_MS = 60_000;

const hash = z.string().regex(HEX_64, 'is no hash of 64 hexadecimal digits');
const params = z.object({ hash });
const browser = z.object({
  browser: z.string().describe('32 hexadecimal digits that stay while the cookie is replaced'),
});
const replaced = (): ChatError => new ChatError('not_found', 'This cookie has been replaced.');

export function browserCookieRoutes(parts: { cookies: BrowserCookies; limits: HttpLimits }): Route[] {
  const { cookies, limits } = parts;
  return [
    defineRoute({
      method: 'post',
      path: '/api/browser-cookies/{hash}/show',
      summary: 'Which browser shows the cookie; from then on the ones before it work for 60 s more',
      access: 'anyone',
      params,
      answer: browser,
      refusals: ['not_found'],
      handle: async ({ params: { hash: shown } }) => {
        const found = await cookies.show(shown, GRACE_MS);
        if (found === undefined) throw replaced();
        return { browser: found };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/browser-cookies/{hash}/next',
      summary: 'Another cookie for the browser that has this one; this one works until the other is shown',
      access: 'anyone',
      params,
      body: z.object({ next: hash }),
      answer: browser,
      refusals: ['not_found', 'rate_limited'],
      handle: async ({ params: { hash: held }, body: { next }, address }) => {
        await limits.entry(address);
        const found = await cookies.issue(held, next);
        if (found === undefined) throw replaced();
        return { browser: found };
      },
    }),
  ];
}
