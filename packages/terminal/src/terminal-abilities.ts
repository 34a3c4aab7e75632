/**
 * What a terminal can do beyond what every one can, as far as it has told. It is asked whenever it may be another one, and
 * is taken for the plainest until it answers (DECRQM: `CSI ? mode $ p` → `CSI ? mode ; state $ y`).
 */
import type { InputEvent } from './input-events.ts';

const MARGINS = 69;
const SYNCHRONIZED = 2026;

export const abilitiesQuery = `\x1b[?${MARGINS}$p\x1b[?${SYNCHRONIZED}$p`;

/** Lets `CSI … s` set left and right margins; alone it changes nothing. */
export const marginsBytes = (on: boolean): string => `\x1b[?${MARGINS}${on ? 'h' : 'l'}`;

export const SYNCHRONIZED_START = `\x1b[?${SYNCHRONIZED}h`;
export const SYNCHRONIZED_END = `\x1b[?${SYNCHRONIZED}l`;

export class TerminalAbilities {
  #margins = false;
  #synchronized = false;

  /** It scrolls within left and right margins (DECLRMM). */
  get margins(): boolean {
    return this.#margins;
  }
  /** It shows what stands between two marks at once (DEC mode 2026). */
  get synchronized(): boolean {
    return this.#synchronized;
  }

  forget(): void {
    this.#margins = false;
    this.#synchronized = false;
  }

  /** Takes an answer to `abilitiesQuery`. Returns whether the event was one. */
  learn(event: InputEvent): boolean {
    if (event.type !== 'reply' || event.kind !== 'mode') return false;
    const [mode, state] = event.body.replace(/^\?/, '').split(';').map(Number);
    // 0: never heard of it; 4: it stays off.
    const has = state === 1 || state === 2 || state === 3;
    if (mode === MARGINS) this.#margins = has;
    else if (mode === SYNCHRONIZED) this.#synchronized = has;
    else return false;
    return true;
  }
}
