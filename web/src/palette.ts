/**
 * The colours that the program teaches the terminal by number (OSC 4). xterm.js obeys and forgets them with each theme that
 * it is given, so they are remembered here, as long as the program does not take them back (OSC 104).
 */
import type { ITheme, Terminal } from '@xterm/xterm';

const SET = 4;
const RESET = 104;
/** Names of the first colours in a theme, in the order of their numbers. */
const BASIC = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const NAMES = [...BASIC, ...BASIC.map((name) => `bright${name.charAt(0).toUpperCase()}${name.slice(1)}`)];

export class TaughtPalette {
  #colors: (string | undefined)[] = [];

  constructor({ parser }: Terminal) {
    // Both are xterm's to obey.
    parser.registerOscHandler(SET, (data) => {
      const parts = data.split(';');
      for (let at = 0; at + 1 < parts.length; at += 2) this.#learn(parts[at] ?? '', parts[at + 1] ?? '');
      return false;
    });
    parser.registerOscHandler(RESET, () => {
      this.#colors = [];
      return false;
    });
  }

  /** By number, as `#rrggbb`. */
  get colors(): readonly (string | undefined)[] {
    return this.#colors;
  }

  /** A theme with them in it. */
  in(theme: ITheme): ITheme {
    const colors = this.#colors;
    const named = NAMES.flatMap((name, number) => (colors[number] === undefined ? [] : [[name, colors[number]]]));
    const extendedAnsi = Array.from(colors.slice(NAMES.length), (color) => color ?? '');
    return { ...theme, ...Object.fromEntries(named), extendedAnsi };
  }

  #learn(number: string, color: string): void {
    if (/^\d{1,3}$/.test(number) && Number(number) < 256 && /^#[\da-f]{6}$/i.test(color)) {
      this.#colors[Number(number)] = color;
    }
  }
}
