/**
 * What is typed while there is no connection, for the moment when the same session is there again: people on phones look
 * at their keyboard, and a sentence with a word missing is another sentence. Kept are letters, pastes and the keys that
 * edit; not what a terminal says by itself, nor keys that do something: those were for a screen that answers.
 */
const MAX_BYTES = 4096;

/** Printable text, Tab, Enter, Backspace, pastes, arrows, Home, End and Delete. */
const KEPT =
  // oxlint-disable-next-line no-control-regex
  /^(?:[^\x00-\x08\x0a-\x0c\x0e-\x1f\x80-\x9f]|\x1b\[200~[^\x1b]*\x1b\[201~|\x1b[[O](?:1;[2-8])?[A-DFH]|\x1b\[3~)+$/u;

export class HeldInput {
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  /** Keeps it, if it is of the kind that is kept and there is room. */
  hold(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#bytes + bytes.length > MAX_BYTES || !KEPT.test(new TextDecoder().decode(bytes))) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }

  /** What was kept, in order; nothing is kept any more. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }
}
