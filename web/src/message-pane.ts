/**
 * Where the program shows messages: what it tells the page with a private escape (docs/terminal-page.md), so that copying
 * and links keep to the messages. Counted in cells from 0.
 *
 *   OSC 5379 ; messages ; left ; top ; columns ; rows ; text ST     text: the column where the messages' words begin
 *   OSC 5379 ; messages ST                                          nothing but the messages' pane is in front of them
 */

export interface MessagePane {
  readonly left: number;
  readonly top: number;
  readonly cols: number;
  readonly rows: number;
  /** The first column of words; to its left stand times and nicks. */
  readonly text: number;
}

/** The pane that the escape's data tell of. Undefined for none, and for what is none on a screen of that size. */
export function readMessagePane(data: string, screen: { cols: number; rows: number }): MessagePane | undefined {
  const match = /^messages;(\d{1,4});(\d{1,4});(\d{1,4});(\d{1,4});(\d{1,4})$/.exec(data);
  if (match === null) return undefined;
  const [left = 0, top = 0, cols = 0, rows = 0, text = 0] = match.slice(1).map(Number);
  const fits = cols > 0 && rows > 0 && left + cols <= screen.cols && top + rows <= screen.rows;
  return fits && text >= left && text < left + cols ? { left, top, cols, rows, text } : undefined;
}
