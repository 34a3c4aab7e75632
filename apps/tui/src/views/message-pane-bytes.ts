/** Tells the browser's page where the messages are, so that it copies and links those alone: docs/terminal-page.md. */
import type { Rect } from '../layout/geometry.ts';

/** `textCol`: the pane's column at which words begin; without a pane the whole screen is one. */
export const messagePaneBytes = (pane: Rect | undefined, textCol: number): string =>
  pane === undefined
    ? '\x1b]5379;messages\x07'
    : `\x1b]5379;messages;${pane.x};${pane.y};${pane.width};${pane.height};${pane.x + textCol}\x07`;
