/** Which keys an editor answers to. Ctrl-T and Ctrl-N belong to browsers and are bound to nothing; Ctrl-W reaches few pages. */

export type EditorAction =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'text-start'
  | 'text-end'
  | 'new-line'
  | 'delete-left'
  | 'delete-right'
  | 'kill-word-left'
  | 'kill-word-right'
  | 'kill-line-left'
  | 'kill-line-right'
  | 'yank'
  | 'undo'
  | 'redo';

const ACTIONS = new Map<string, EditorAction>([
  ['left', 'left'],
  ['ctrl+b', 'left'],
  ['right', 'right'],
  ['ctrl+f', 'right'],
  ['up', 'up'],
  ['down', 'down'],
  ['ctrl+left', 'word-left'],
  ['alt+left', 'word-left'],
  ['alt+b', 'word-left'],
  ['ctrl+right', 'word-right'],
  ['alt+right', 'word-right'],
  ['alt+f', 'word-right'],
  ['home', 'line-start'],
  ['ctrl+a', 'line-start'],
  ['end', 'line-end'],
  ['ctrl+e', 'line-end'],
  ['ctrl+home', 'text-start'],
  ['ctrl+end', 'text-end'],
  ['shift+enter', 'new-line'],
  ['alt+enter', 'new-line'],
  ['ctrl+enter', 'new-line'],
  ['ctrl+j', 'new-line'],
  ['backspace', 'delete-left'],
  ['shift+backspace', 'delete-left'],
  ['ctrl+h', 'delete-left'],
  ['delete', 'delete-right'],
  ['ctrl+d', 'delete-right'],
  ['alt+backspace', 'kill-word-left'],
  ['ctrl+backspace', 'kill-word-left'],
  ['ctrl+w', 'kill-word-left'],
  ['alt+d', 'kill-word-right'],
  ['ctrl+delete', 'kill-word-right'],
  ['alt+delete', 'kill-word-right'],
  ['ctrl+u', 'kill-line-left'],
  ['ctrl+k', 'kill-line-right'],
  ['ctrl+y', 'yank'],
  ['ctrl+z', 'undo'],
  ['ctrl+_', 'undo'],
  ['ctrl+shift+z', 'redo'],
  ['alt+z', 'redo'],
]);

/** What a key does in an editor; undefined when it isn't the editor's. */
export const actionOf = (chord: string): EditorAction | undefined => ACTIONS.get(chord);
