/** What is on an xterm.js screen, in the terms of screen-text. */
import type { Terminal } from '@xterm/xterm';
import type { ScreenCell, ScreenRows } from './screen-text.ts';

/** The cells of the rows that are seen. */
export const screenRows =
  (terminal: Terminal): ScreenRows =>
  (row) => {
    const { active } = terminal.buffer;
    const line = active.getLine(active.viewportY + row);
    if (line === undefined) return undefined;
    return Array.from({ length: terminal.cols }, (_, column): ScreenCell => {
      const cell = line.getCell(column);
      return cell === undefined ? { chars: '', width: 1 } : { chars: cell.getChars(), width: cell.getWidth() };
    });
  };

/** The colour of the background in the lower left corner; undefined where the program has set none. `palette`: what it taught. */
export function backgroundColor(terminal: Terminal, palette: readonly (string | undefined)[]): string | undefined {
  const { active } = terminal.buffer;
  const cell = active.getLine(active.viewportY + terminal.rows - 1)?.getCell(0);
  if (cell?.isBgPalette() === true) return palette[cell.getBgColor()];
  return cell?.isBgRGB() === true ? `#${cell.getBgColor().toString(16).padStart(6, '0')}` : undefined;
}
