/**
 * Keeps xterm's alternate screen as long as the terminal is high. While nobody is on it xterm keeps no rows of it, and does
 * not shorten it with the terminal: entered afterwards, it has room for more rows than are shown. Then a row that is
 * scrolled out stays above the others, and once the terminal has grown the last row is drawn above the first, whatever is
 * painted:
 *
 *   entered ──room for as many rows as are shown──▶ whole
 *   torn, and entered by a program that is on it already, as each full repaint begins ──▶ whole
 */
import type { Terminal } from '@xterm/xterm';

const ENTERED_BY = new Set<number | number[]>([47, 1047, 1049]);

export class AlternateScreen {
  readonly #terminal: Terminal;
  #isMending = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.buffer.onBufferChange(({ type }) => {
      if (type === 'alternate') this.#takeLength();
    });
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) => {
      if (modes.some((mode) => ENTERED_BY.has(mode))) this.#mend();
      // Entering it is xterm's.
      return false;
    });
  }

  /** Whether the terminal has another size for a moment, which is nobody's business. */
  get isMending(): boolean {
    return this.#isMending;
  }

  /** xterm gives its screens their length anew when this option changes, and the alternate one never has any of it. */
  #takeLength(): void {
    const { options } = this.#terminal;
    const { scrollback = 0 } = options;
    options.scrollback = scrollback + 1;
    options.scrollback = scrollback;
  }

  /** What is on it is about to be painted anew, so that rows may be lost. */
  #mend(): void {
    const terminal = this.#terminal;
    const { type, baseY } = terminal.buffer.active;
    if (type !== 'alternate' || baseY === 0) return;
    const { cols, rows } = terminal;
    this.#isMending = true;
    terminal.resize(cols, Math.max(1, rows - baseY));
    terminal.resize(cols, rows);
    this.#isMending = false;
  }
}
