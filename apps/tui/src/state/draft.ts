/**
 * A text being written, as a value: what the state machine keeps, compares and saves. The editing itself is the
 * terminal package's Editor; each chain of drafts carries one along, so that undo and yank work, and a draft that is
 * taken up again out of turn (another room, history) starts from what it says.
 */
import { Editor, type EditorLayout, type KeyInput } from '@parley/terminal';

export interface Draft {
  readonly text: string;
  /** UTF-16 offset between characters. */
  readonly cursor: number;
  /** The message that it is another text for, see own-messages.ts; until all of the draft is deleted. */
  readonly edits?: number;
}

export const EMPTY_DRAFT: Draft = { text: '', cursor: 0 };

/** A draft of this text with the cursor at its end. */
export const draftOf = (text: string): Draft => ({ text, cursor: text.length });

/** A draft that is another text for the message with this seq. */
export const draftFor = (seq: number, text: string): Draft => ({ ...draftOf(text), edits: seq });

/** Where the cursor's row stands among all rows. */
export interface DraftPlace {
  readonly row: number;
  readonly rows: number;
}

const editors = new WeakMap<Draft, Editor>();

/** The box a draft is written in: where its rows break, how many are seen, and how long it may get. */
export interface DraftBox {
  readonly cols: number;
  readonly rows: number;
  /** UTF-16 units; default: as many as an editor takes. */
  readonly maxUnits?: number | undefined;
}

/** The box of a one-line field, wide enough never to wrap. No nick, password, or address is that long. */
export const FIELD_BOX: DraftBox = { cols: 10_000, rows: 1, maxUnits: 512 };

/** The draft after an editor's key, or undefined when the key is not an editor's. */
export function editDraft(draft: Draft, key: KeyInput, box: DraftBox): Draft | undefined {
  const editor = editorOf(draft, box);
  editor.width = box.cols;
  return editor.handle(key) ? snapshot(editor, draft) : undefined;
}

/** The draft with text typed or pasted at its cursor, as much of it as fits. */
export function insertText(draft: Draft, text: string, box: Pick<DraftBox, 'maxUnits'> = {}): Draft {
  const editor = editorOf(draft, box);
  editor.insert(text);
  return snapshot(editor, draft);
}

/** The draft with another text in its place, as one step to undo. */
export function rewriteDraft(draft: Draft, text: string, cursor: number): Draft {
  const editor = editorOf(draft, {});
  editor.setText(text, cursor);
  return snapshot(editor, draft);
}

/** Nothing, in the place of `blank`, where undoing it brings the draft back: also one that did not begin there. */
export const emptiedDraft = (draft: Draft, blank: Draft): Draft =>
  rewriteDraft(rewriteDraft(blank, draft.text, draft.cursor), '', 0);

/** The draft with the cursor at a cell of what `layoutDraft` showed. */
export function clickDraft(draft: Draft, x: number, y: number, box: DraftBox): Draft {
  const editor = editorOf(draft, box);
  editor.layout(box.cols, box.rows);
  editor.moveToCell(x, y);
  return snapshot(editor, draft);
}

/** What could be undone and yanked in it can't be any more. */
export const forgetEditing = (draft: Draft): void => void editors.delete(draft);

/** The rows to show of a draft, with the cursor in sight. */
export const layoutDraft = (draft: Draft, box: DraftBox): EditorLayout =>
  editorOf(draft, box).layout(box.cols, box.rows);

/** How many rows the whole draft takes. */
export const draftRows = (draft: Draft, box: DraftBox): number => (draft.text === '' ? 1 : draftPlace(draft, box).rows);

export function draftPlace(draft: Draft, box: DraftBox): DraftPlace {
  const { above, below, rows, cursor } = layoutDraft(draft, box);
  return { row: above + cursor.y, rows: above + rows.length + below };
}

function editorOf(draft: Draft, { maxUnits }: Pick<DraftBox, 'maxUnits'>): Editor {
  // It is everyone's in this process: what one has made of it must be nobody else's to undo, or to yank.
  if (draft === EMPTY_DRAFT) return new Editor({ maxUnits });
  let editor = editors.get(draft);
  if (editor === undefined) {
    editor = new Editor({ maxUnits, ...draft });
    editors.set(draft, editor);
  }
  if (editor.text !== draft.text || editor.cursor !== draft.cursor) editor.setText(draft.text, draft.cursor);
  return editor;
}

function snapshot(editor: Editor, before: Draft): Draft {
  if (editor.text === before.text && editor.cursor === before.cursor) return before;
  const { text, cursor } = editor;
  const draft: Draft =
    before.edits === undefined || text === '' ? { text, cursor } : { text, cursor, edits: before.edits };
  editors.set(draft, editor);
  return draft;
}
