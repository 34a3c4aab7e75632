/** Rows with something at the left and something at the right. Pure: runs in, a row out. */
import { type Run, run, sanitize, type Style, StyledRow, textWidth, truncate } from '@parley/terminal';

/** Columns that runs take once they are painted. */
export const runsWidth = (runs: readonly Run[]): number =>
  runs.reduce((total, { text }) => total + textWidth(sanitize(text)), 0);

/** As much of the runs as fits, with an ellipsis where it was cut. */
export function cutRuns(runs: readonly Run[], width: number): readonly Run[] {
  if (runsWidth(runs) <= width) return runs;
  const kept: Run[] = [];
  let left = width;
  for (const { text, style } of runs) {
    const safe = sanitize(text);
    const cols = textWidth(safe);
    if (cols < left) {
      kept.push(run(safe, style));
      left -= cols;
      continue;
    }
    kept.push(run(truncate(`${safe}…`, left), style));
    break;
  }
  return kept;
}

/** One row: `left` cut to what `right` leaves; `right` is dropped when it leaves nothing. */
export function bar(width: number, left: readonly Run[], right: readonly Run[], fill: Style): StyledRow {
  const rightCols = runsWidth(right);
  if (rightCols === 0 || rightCols + 4 > width) return new StyledRow([...cutRuns(left, width)], fill);
  const leftRuns = cutRuns(left, width - rightCols - 1);
  const gap = width - rightCols - runsWidth(leftRuns);
  return new StyledRow([...leftRuns, run(' '.repeat(gap), fill), ...right], fill);
}

/** One row with the runs in its middle. */
export function centredRow(width: number, runs: readonly Run[], fill: Style): StyledRow {
  const cut = cutRuns(runs, width);
  return new StyledRow([run(' '.repeat(Math.max(0, Math.floor((width - runsWidth(cut)) / 2))), fill), ...cut], fill);
}
