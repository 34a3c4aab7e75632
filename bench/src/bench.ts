/** What every bench gets and gives: how it was asked to run, and the release of what it starts. */
import type { Report } from './report.ts';

export interface BenchOptions {
  /** Fewer and shorter rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  /** The longest form: `history` with ten million events. */
  readonly full: boolean;
  /** The build under test. */
  readonly dist: string;
  /** A folder for CPU profiles of the server under test. */
  readonly profile: string | undefined;
  /** Flags for the Node of Parley's servers. */
  readonly nodeFlags: readonly string[];
  /** How many of whatever the bench counts: readers, members, sessions, events; undefined for its own default. */
  readonly count: number | undefined;
  readonly rounds: number | undefined;
  /** The subjects to measure, by name; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** SESSIONS_PER_TUI_PROCESS; undefined for Parley's own default. */
  readonly perProcess: number | undefined;
}

export type Bench = (
  options: BenchOptions,
  releases: Releases,
) => Promise<Pick<Report, 'settings' | 'tables' | 'targets' | 'notes'>>;

/** Whether the subject is wanted. */
export function isWanted({ only }: BenchOptions, name: string): boolean {
  return only === undefined || only.includes(name);
}

/** What has been acquired, released in the reverse order. */
export class Releases {
  readonly #releases: (() => Promise<unknown>)[] = [];

  /** Notes how to release something, and answers it. */
  keep<Value>(value: Value, release: (value: Value) => Promise<unknown>): Value {
    this.#releases.push(() => release(value));
    return value;
  }

  async release(): Promise<void> {
    for (const release of this.#releases.splice(0).toReversed()) await release();
  }
}

/** Says what is going on, on standard error: standard output is the report's. */
export function tell(line: string): void {
  console.error(line);
}
