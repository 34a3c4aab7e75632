/**
 * The browser's cookie as text: made, read, written. A browser's first cookie has 32 bytes, those that follow have 33, so
 * that one can see which names a browser by itself.
 */
import { createHash, randomBytes } from 'node:crypto';

const NAME = 'parley';
const LIFETIME_SECONDS = 30 * 24 * 60 * 60;

export const firstCookie = (): string => randomBytes(32).toString('base64url');
export const nextCookie = (): string => randomBytes(33).toString('base64url');
export const isFirstCookie = (cookie: string): boolean => cookie.length === 43;

/** 64 hex digits: what the core knows of a cookie. */
export const cookieHash = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

/** The cookie's value, or undefined when there is none that we could have made. */
export function readCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value = ''] = part.trim().split('=', 2);
    if (name === NAME && /^[A-Za-z0-9_-]{43,44}$/.test(value)) return value;
  }
  return undefined;
}

/** The `Set-Cookie` header's value. */
export const formatCookie = (value: string, secure: boolean): string =>
  `${NAME}=${value}; Path=/; Max-Age=${LIFETIME_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** 64 hex digits that name a browser's tab, towards the core too. They tell nothing about the cookie. */
export const sessionKey = (browser: string, tab: string): string =>
  createHash('sha256').update(`${browser}:${tab}`).digest('hex');
