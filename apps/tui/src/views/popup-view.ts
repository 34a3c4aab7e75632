/** Paints popups: help, lists to choose from, a password, the question whether to leave. */
import { type Canvas, run, sanitize, textWidth, truncate } from '@parley/terminal';
import type { Rect, Size } from '../layout/geometry.ts';
import {
  type HelpLine,
  helpLines,
  leaveLines,
  pairCols,
  placeHelp,
  placeLeave,
  placeList,
  placePassword,
  type PopupPlace,
} from '../layout/popup-layout.ts';
import { wrapWords } from '../layout/wrap-words.ts';
import { filteredRows } from '../state/popup-input.ts';
import type { HelpPopup, ListPopup, PasswordPopup, Popup } from '../state/state.ts';
import type { Theme } from '../themes/theme.ts';
import { bar } from './bar.ts';
import { fieldView } from './field-view.ts';
import { aboutPassword, emptyWords, popupTitle } from './popup-words.ts';
import { unreachable } from '../state/unreachable.ts';

/** Where a popup stands. */
export function placePopup(popup: Popup, size: Size): PopupPlace {
  switch (popup.name) {
    case 'help':
      return placeHelp(size);
    case 'list':
      return placeList(size, popup.rows.length);
    case 'password':
      return placePassword(size);
    case 'leave':
      return placeLeave(size, popup);
    default:
      return unreachable(popup);
  }
}

/** Paints a popup on a canvas that is exactly its outer place. */
export function paintPopup(
  canvas: Canvas,
  popup: Popup,
  size: Size,
  theme: Theme,
  where: { readonly hosted: boolean },
): void {
  const { outer, inner } = placePopup(popup, size);
  const area: Rect = { ...inner, x: inner.x - outer.x, y: inner.y - outer.y };
  canvas.fill(theme.popup);
  canvas.frame(theme.popupFrame, popupTitle(popup), theme.popupTitle);
  switch (popup.name) {
    case 'help':
      paintHelp(canvas, helpLines(area.width, where), popup, area, theme);
      break;
    case 'list':
      paintList(canvas, popup, area, size, theme);
      break;
    case 'password':
      paintPassword(canvas, popup, area, theme);
      break;
    case 'leave':
      leaveLines(area.width, popup).forEach((words, index) => paintRow(canvas, area, index, words, theme));
      paintKeys(canvas, area, 'Enter leave · Esc stay', theme);
      break;
  }
}

function paintHelp(canvas: Canvas, lines: readonly HelpLine[], popup: HelpPopup, area: Rect, theme: Theme): void {
  const left = pairCols(area.width);
  const top = Math.max(0, Math.min(popup.top, lines.length - area.height));
  lines.slice(top, top + area.height).forEach((line, index) => {
    const y = area.y + index;
    if (line.kind === 'heading') canvas.write(area.x, y, line.text, theme.popupTitle, area.width);
    if (line.kind === 'text') canvas.write(area.x, y, line.text, theme.popup, area.width);
    if (line.kind === 'pair') {
      canvas.write(area.x, y, line.left, theme.popupKey, line.right === '' ? area.width : left);
      if (line.right !== '') canvas.write(area.x + left, y, line.right, theme.popup, area.width - left);
    }
  });
  const more = lines.length - top - area.height;
  paintFoot(canvas, more > 0 ? '↓ PgDn for more · Esc closes' : 'Esc closes', theme);
}

function paintList(canvas: Canvas, popup: ListPopup, area: Rect, size: Size, theme: Theme): void {
  const place = placeList(size, popup.rows.length);
  const { text, cursor } = fieldView(popup.filter, area.width - 3, false);
  canvas.write(area.x, area.y, '› ', theme.popupKey, 2);
  if (text === '') canvas.write(area.x + 2, area.y, 'Type to narrow it down', theme.popupFaint, area.width - 2);
  else canvas.write(area.x + 2, area.y, text, theme.popup, area.width - 2);
  canvas.setCursor(area.x + 2 + cursor, area.y);
  const list: Rect = { ...place.list, x: area.x, y: area.y + 2 };
  const rows = filteredRows(popup);
  const words = emptyWords(popup);
  if (words !== undefined) {
    const style = typeof popup.load === 'object' ? theme.popupBad : theme.popupFaint;
    wrapWords(words, list.width).forEach((line, index) => {
      if (index < list.height) canvas.write(list.x, list.y + index, line, style, list.width);
    });
    paintFoot(canvas, 'Esc closes', theme);
    return;
  }
  const top = place.top(popup.selected, rows.length);
  rows.slice(top, top + list.height).forEach((row, index) => {
    const isSelected = top + index === popup.selected;
    const background = isSelected ? theme.selected : theme.popup;
    const label = row.faint && !isSelected ? theme.popupFaint : background;
    const detail = isSelected ? theme.selectedFaint : theme.popupFaint;
    const room = Math.max(0, list.width - textWidth(sanitize(row.label)) - 4);
    const right = row.detail === '' || room < 4 ? [] : [run(`${truncate(sanitize(row.detail), room)} `, detail)];
    const shown = bar(list.width, [run(` ${row.label}`, label)], right, background);
    canvas.fill(background, { x: list.x, y: list.y + index, width: list.width, height: 1 });
    let x = list.x;
    for (const part of shown.runs) x = canvas.write(x, list.y + index, part.text, part.style, list.x + list.width - x);
  });
  const hidden = popup.total - popup.rows.length;
  const count = hidden > 0 ? `${hidden} more ${hidden === 1 ? 'is' : 'are'} not listed` : `${rows.length}`;
  paintFoot(canvas, `${count} · Enter opens · Esc closes`, theme);
}

/** In the border below. */
function paintFoot(canvas: Canvas, words: string, theme: Theme): void {
  const shown = truncate(` ${words} `, Math.max(0, canvas.width - 4));
  canvas.write(canvas.width - textWidth(shown) - 2, canvas.height - 1, shown, theme.popupFaint);
}

function paintPassword(canvas: Canvas, popup: PasswordPopup, area: Rect, theme: Theme): void {
  paintRow(canvas, area, 0, aboutPassword(popup), theme);
  wrapWords(sanitize(popup.words), area.width)
    .slice(0, 2)
    .forEach((line, index) => canvas.write(area.x, area.y + 1 + index, line, theme.popupFaint, area.width));
  const y = area.y + Math.min(area.height - 1, 3);
  const { text, cursor } = fieldView(popup.field, area.width - 2, true);
  canvas.fill(theme.fieldFocused, { x: area.x, y, width: area.width, height: 1 });
  canvas.write(area.x + 1, y, text, theme.fieldFocused, area.width - 2);
  canvas.setCursor(area.x + 1 + cursor, y);
  if (area.height > 5) paintKeys(canvas, area, 'Enter go on · Esc back', theme);
}

function paintRow(canvas: Canvas, area: Rect, index: number, text: string, theme: Theme): void {
  if (index < area.height)
    canvas.write(area.x, area.y + index, truncate(sanitize(text), area.width), theme.popup, area.width);
}

function paintKeys(canvas: Canvas, area: Rect, text: string, theme: Theme): void {
  canvas.write(area.x, area.y + area.height - 1, truncate(text, area.width), theme.popupFaint, area.width);
}
