/**
 * What is typed while there is no connection, for the moment when its person is where they were: people on phones look at
 * their keyboard, and a sentence with a word missing is another sentence. Kept are letters, pastes and the keys that edit;
 * not what a terminal says by itself, nor keys that do something: those were for a screen that answers.
 *
 * To the session that it was typed for it goes as it was typed. Another program may have another draft in another room, so
 * that it gets the text alone, as a paste: in a paste no key does anything.
 */
const MAX_BYTES = 4096;

const PASTE = String.raw`\x1b\[200~([^\x1b]*)\x1b\[201~`;
const SHIFT_ENTER = '\x1b[13;2u';
/** Arrows, Home, End and Delete; Ctrl+A, E, H, K, U and W; Alt+Backspace. */
const EDITING = String.raw`\x1b[[O](?:1;[2-8])?[A-DFH]|\x1b\[3~|[\x01\x05\x08\x0b\x15\x17]|\x1b\x7f`;
/** Of them and Backspace those that take back what was typed before the cursor. */
const TAKES_LETTER = ['\x7f', '\x08'];
const TAKES_WORD = ['\x17', '\x1b\x7f'];
const TAKES_LINE = '\x15';
/** Printable text, Tab, Enter, Backspace, pastes, Shift+Enter, and those. */
const KEPT = new RegExp(
  String.raw`^(?:[^\x00-\x08\x0a-\x0c\x0e-\x1f\x80-\x9f]|${PASTE}|\x1b\[13;2u|${EDITING})+$`,
  'u',
);
const PARTS = new RegExp(String.raw`${PASTE}|\x1b\[13;2u|${EDITING}|[^]`, 'gu');

/** Whether a person has typed it, and would have it kept; nobody but a person says so much that there is no room for it. */
export const isKept = (bytes: Uint8Array): boolean =>
  bytes.length > MAX_BYTES || KEPT.test(new TextDecoder().decode(bytes));

export class HeldInput {
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #isFull = false;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Whether something was typed that there was no room for. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Keeps what `isKept` says is worth it, as far as there is room: once there was none, what follows has lost its sense. */
  hold(bytes: Uint8Array<ArrayBuffer>): void {
    this.#isFull ||= this.#bytes + bytes.length > MAX_BYTES;
    if (this.#isFull) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }

  /** What it is as a text: an Enter is a new line, what was taken back is gone, and what only moves a cursor is not in it. */
  get text(): string {
    const decoder = new TextDecoder();
    let letters: string[] = [];
    for (const [part, pasted] of this.#chunks
      .map((bytes) => decoder.decode(bytes))
      .join('')
      .matchAll(PARTS)) {
      if (pasted !== undefined) letters.push(...pasted.replaceAll('\r', '\n'));
      else if (TAKES_LETTER.includes(part)) letters.pop();
      else if (TAKES_WORD.includes(part)) letters = [...letters.join('').replace(/[^\s]*\s*$/u, '')];
      else if (part === TAKES_LINE) letters = letters.slice(0, letters.lastIndexOf('\n') + 1);
      else if (part === '\r' || part === SHIFT_ENTER) letters.push('\n');
      else if (part >= ' ') letters.push(part);
    }
    return letters.join('');
  }

  /** What was kept, in order and as it was typed; nothing is kept any more. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    this.#isFull = false;
    return chunks;
  }

  /** The same as one paste, or as none where nothing is left of it: without the Enter at its end, since nothing is sent by itself. */
  takeAsPaste(): Uint8Array<ArrayBuffer> | undefined {
    const text = this.text.replace(/\n+$/, '').replaceAll('\n', '\r');
    this.take();
    return text === '' ? undefined : new TextEncoder().encode(`\x1b[200~${text}\x1b[201~`);
  }
}
