/**
 * The private escape by which the terminal client tells the gateway's page what other terminals know nothing of:
 * `OSC 5379 ; word ; … ST`, its words in docs/terminal-page.md. In a module of its own, without a schema: the page is sent
 * what it imports.
 */

/** The number of the escape. */
export const PAGE_OSC = 5379;

/** By this, as if its terminal answered a question, the page asks the client for words to speak, or not to send them any more. */
export const speechRequest = (on: boolean): string => `\x1b[?${PAGE_OSC};${on ? 1 : 0}n`;

/** How a person wishes to see the terminal. `auto`: as the terminal is, and the page as the system is. */
export const THEME_WISHES = ['auto', 'light', 'dark'] as const;
export type ThemeWish = (typeof THEME_WISHES)[number];
