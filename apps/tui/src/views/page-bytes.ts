/** What a browser's page is told that other terminals know nothing of: docs/terminal-page.md. */
import type { ThemeWish } from '@parley/protocol';
import type { Rect } from '../layout/geometry.ts';

/**
 * Where the messages are, so that the page copies and links those alone. `textCol`: the pane's column at which words begin;
 * without a pane the whole screen is one.
 */
export const messagePaneBytes = (pane: Rect | undefined, textCol: number): string =>
  pane === undefined
    ? '\x1b]5379;messages\x07'
    : `\x1b]5379;messages;${pane.x};${pane.y};${pane.width};${pane.height};${pane.x + textCol}\x07`;

/** The theme that its person wishes for. */
export const themeBytes = (theme: ThemeWish): string => `\x1b]5379;theme;${theme}\x07`;
