/** What every day in every time zone begins on, and what their offsets change on, if they do. */
export const QUARTER_MS = 15 * 60_000;
