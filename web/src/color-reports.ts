/**
 * Tells the program when the terminal's colours change, if it has asked for that (DEC mode 2031), as other terminals do.
 * What they are it asks by OSC 11, which xterm.js answers.
 */
import type { Terminal } from '@xterm/xterm';
import type { ColorScheme } from './theme.ts';

const MODE = 2031;

export class ColorReports {
  readonly #terminal: Terminal;
  #wanted = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    for (const final of ['h', 'l']) {
      terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(MODE)) this.#wanted = final === 'h';
        // The other modes are xterm's.
        return false;
      });
    }
  }

  tell(scheme: ColorScheme): void {
    if (this.#wanted) this.#terminal.input(`\x1b[?997;${scheme === 'dark' ? 1 : 2}n`, false);
  }

  /** Another program is coming, which has not asked yet. */
  forget(): void {
    this.#wanted = false;
  }
}
