/** What a browser's page is told that other terminals know nothing of: docs/terminal-page.md. */
import { PAGE_OSC, type ThemeWish } from '@parley/protocol';
import type { Rect } from '../layout/geometry.ts';

/**
 * Where the messages are, so that the page copies and links those alone. `textCol`: the pane's column at which words begin;
 * without a pane the whole screen is one.
 */
export const messagePaneBytes = (pane: Rect | undefined, textCol: number): string =>
  pane === undefined
    ? pageBytes('messages')
    : pageBytes(`messages;${pane.x};${pane.y};${pane.width};${pane.height};${pane.x + textCol}`);

/** The theme that its person wishes for. */
export const themeBytes = (theme: ThemeWish): string => pageBytes(`theme;${theme}`);

/** Words to speak to whoever does not see the screen: sanitised, one line. */
export const sayBytes = (words: string): string => pageBytes(`say;${words}`);

const pageBytes = (data: string): string => `\x1b]${PAGE_OSC};${data}\x07`;
