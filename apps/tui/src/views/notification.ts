/** The escape sequence of a notification: OSC 777, as urxvt has it, which the page understands too. */
import { sanitize, truncate } from '@parley/terminal';

const TITLE_COLS = 60;
const BODY_COLS = 160;

/** Its bytes. What users wrote can neither end it early nor make it long. */
export const notificationBytes = (title: string, body: string): string =>
  `\x1b]777;notify;${field(title, TITLE_COLS)};${field(body, BODY_COLS)}\x07`;

/** A semicolon separates the fields. */
const field = (text: string, cols: number): string => truncate(sanitize(text), cols).replaceAll(';', ',');
