/** A one-line field: the part of its text that shows, and where the cursor stands in it. */
import { clustersOf, sanitize, textWidth } from '@parley/terminal';
import type { Draft } from '../state/draft.ts';

export interface FieldView {
  readonly text: string;
  /** Column of the cursor, less than the width. */
  readonly cursor: number;
}

const MASK = '•';

/** What a field of `width` columns shows: the text around its cursor, or a dot for each character. */
export function fieldView(draft: Draft, width: number, masked: boolean): FieldView {
  const before = sanitize(draft.text.slice(0, draft.cursor));
  const after = sanitize(draft.text.slice(draft.cursor));
  const left = masked ? MASK.repeat(clustersOf(before).length) : before;
  const right = masked ? MASK.repeat(clustersOf(after).length) : after;
  // Characters that don't fit go out of sight at the left, as many as the cursor needs.
  const clusters = clustersOf(left);
  let cols = textWidth(left);
  let from = 0;
  while (cols >= Math.max(1, width)) cols -= clusters[from++]?.width ?? 1;
  const shown = clusters.slice(from).map(({ text }) => text);
  return { text: shown.join('') + right, cursor: cols };
}
