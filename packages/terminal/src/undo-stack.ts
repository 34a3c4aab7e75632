/** States of a text to go back to and forth between, bounded in number and size. Typing a word is one step. */

export interface EditorState {
  readonly text: string;
  readonly cursor: number;
}

const MAX_STEPS = 200;
/** Of all their texts together, unless the newest alone is longer. */
const MAX_UNITS = 64 * 1024;

export class UndoStack {
  #past: EditorState[] = [];
  #future: EditorState[] = [];
  #units = 0;
  #kind = '';

  /** Remembers `state` as it is before an edit. Edits of the same non-empty `kind` in a row are one step. */
  record(state: EditorState, kind: string): void {
    this.#future = [];
    if (kind !== '' && kind === this.#kind) return;
    this.#kind = kind;
    this.#past.push(state);
    this.#units += state.text.length;
    while (this.#past.length > MAX_STEPS || (this.#units > MAX_UNITS && this.#past.length > 1)) {
      this.#units -= this.#past.shift()?.text.length ?? 0;
    }
  }

  /** The next edit is a step of its own. */
  seal(): void {
    this.#kind = '';
  }

  undo(current: EditorState): EditorState | undefined {
    const state = this.#past.pop();
    if (state === undefined) return undefined;
    this.#units -= state.text.length;
    this.#future.push(current);
    this.#kind = '';
    return state;
  }

  redo(current: EditorState): EditorState | undefined {
    const state = this.#future.pop();
    if (state === undefined) return undefined;
    this.#past.push(current);
    this.#units += current.text.length;
    this.#kind = '';
    return state;
  }
}
