/** Keys that a touch keyboard lacks. Ctrl holds for the next key. Shown where the main pointer is a finger. */

import { FONT_KEYS } from './terminal-keys.ts';

export interface KeyBarOptions {
  readonly element: HTMLElement;
  readonly onKey: (text: string) => void;
  /** `ESC [` or `ESC O`, as the program wants arrows at the moment. */
  readonly arrowPrefix: () => string;
  /** `undefined`: as it was at first. */
  readonly changeFontSize: (by: number | undefined) => void;
}

type Key = { label: string; name: string } & ({ text: string } | { arrow: string } | { hold: true });

const KEYS: readonly Key[] = [
  { label: 'Esc', name: 'Escape', text: '\x1b' },
  { label: 'Tab', name: 'Tab', text: '\t' },
  { label: 'Ctrl', name: 'Control', hold: true },
  { label: '←', name: 'Left', arrow: 'D' },
  { label: '↑', name: 'Up', arrow: 'A' },
  { label: '↓', name: 'Down', arrow: 'B' },
  { label: '→', name: 'Right', arrow: 'C' },
  { label: '⏎', name: 'Enter', text: '\r' },
];

export class KeyBar {
  readonly #changeFontSize: KeyBarOptions['changeFontSize'];
  #control: HTMLButtonElement | undefined;

  constructor({ element, onKey, arrowPrefix, changeFontSize }: KeyBarOptions) {
    this.#changeFontSize = changeFontSize;
    const coarse = window.matchMedia('(pointer: coarse)');
    element.hidden = !coarse.matches;
    coarse.addEventListener('change', () => (element.hidden = !coarse.matches));
    for (const key of KEYS) {
      const button = document.createElement('button');
      button.textContent = key.label;
      button.setAttribute('aria-label', key.name);
      // Without this the terminal loses the focus, and the soft keyboard goes away.
      button.addEventListener('pointerdown', (event) => event.preventDefault());
      button.addEventListener('click', () => {
        if ('hold' in key) this.#hold(!this.#isHeld);
        else onKey('arrow' in key ? this.#arrow(key.arrow, arrowPrefix()) : key.text);
      });
      if ('hold' in key) this.#control = button;
      element.append(button);
    }
    this.#hold(false);
  }

  /** What was typed, as Ctrl makes of it when Ctrl is held: nothing, where it is the page's to answer. */
  apply(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const [byte] = bytes;
    if (!this.#isHeld || bytes.length !== 1 || byte === undefined) return bytes;
    const sign = String.fromCharCode(byte);
    if (FONT_KEYS.has(sign)) {
      this.#hold(false);
      this.#changeFontSize(FONT_KEYS.get(sign));
      return new Uint8Array();
    }
    if (byte < 0x40) return bytes;
    this.#hold(false);
    return Uint8Array.of(byte & 0x1f);
  }

  get #isHeld(): boolean {
    return this.#control?.getAttribute('aria-pressed') === 'true';
  }

  #hold(held: boolean): void {
    this.#control?.setAttribute('aria-pressed', String(held));
  }

  #arrow(letter: string, prefix: string): string {
    if (!this.#isHeld) return `${prefix}${letter}`;
    this.#hold(false);
    return `\x1b[1;5${letter}`;
  }
}
