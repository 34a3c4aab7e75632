/** What a bench has found: tables of figures by subject, targets with whether they are reached, notes. Prints and writes. */
import { writeFileSync } from 'node:fs';

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** One row a subject: its name, then a value a column, already in the column's unit. */
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | string | undefined)[] }[];
}

export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  /** Undefined when a peer that it compares with is absent. */
  readonly isReached: boolean | undefined;
}

/** A target in one line. */
export function target(what: string, measured: string, wanted: string, isReached: boolean | undefined): Target {
  return { what, measured, wanted, isReached };
}

export interface Report {
  readonly bench: string;
  readonly machine: string;
  readonly at: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** Peers that are not there, failures, whatever a reader has to know. */
  readonly notes: readonly string[];
}

export function printReport(report: Report): void {
  console.log(`\n${report.bench}: ${report.machine}, ${report.at}`);
  const settings = Object.entries(report.settings);
  console.log(settings.map(([name, value]) => `${name} ${value}`).join(', '));
  for (const table of report.tables) {
    console.log(`\n${table.title}`);
    printColumns([['', ...table.columns], ...table.rows.map(({ name, values }) => [name, ...values.map(formatValue)])]);
  }
  if (report.targets.length > 0) {
    console.log('\nto reach');
    printColumns([
      ['', 'measured', 'wanted', ''],
      ...report.targets.map(({ what, measured, wanted, isReached }) => [
        what,
        measured,
        wanted,
        isReached === undefined ? 'no peer to compare with' : isReached ? 'reached' : 'NOT REACHED',
      ]),
    ]);
  }
  for (const note of report.notes) console.log(`\n${note}`);
}

export function writeReport(report: Report, file: string): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** Three significant digits below a thousand, thousands apart above. */
export function formatValue(value: number | string | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (typeof value === 'string') return value;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-GB');
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function printColumns(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}
