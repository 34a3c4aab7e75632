/** What screens must have in common to be drawn alike. */
import type { CellTables } from './cell-tables.ts';

export interface ScreenKind {
  readonly tables: CellTables;
  readonly generation: number;
  readonly cols: number;
  readonly erasesInColor: boolean;
  readonly agreesOnWidths: boolean;
  readonly margins: boolean;
}

export const isSameKind = (a: ScreenKind, b: ScreenKind): boolean =>
  a.tables === b.tables &&
  a.generation === b.generation &&
  a.cols === b.cols &&
  a.erasesInColor === b.erasesInColor &&
  a.agreesOnWidths === b.agreesOnWidths &&
  a.margins === b.margins;
