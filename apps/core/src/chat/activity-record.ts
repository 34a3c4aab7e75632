/**
 * Connects and disconnects on their way to the database: collected and written together. Safe to lose when the database stays
 * away for long.
 */
import type { ActivityLog } from '@parley/store';
import type { Report } from './expected-failure.ts';

const WRITE_EVERY_MS = 1000;
const MAX_WAITING = 10_000;

type Row = Parameters<ActivityLog['record']>[0][number];

export interface ActivityRecordOptions {
  readonly activity: Pick<ActivityLog, 'record'>;
  readonly report: Report;
  readonly now: () => number;
}

export class ActivityRecord {
  readonly #options: ActivityRecordOptions;
  #waiting: Row[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: ActivityRecordOptions) {
    this.#options = options;
  }

  note(user: { id: string; nick: string }, kind: Row['kind']): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ at: new Date(this.#options.now()), userId: user.id, nick: user.nick, kind });
    this.#schedule();
  }

  /** Writes what waits, once. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
    }, WRITE_EVERY_MS);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    try {
      await this.#options.activity.record(rows);
    } catch (error) {
      this.#options.report(error, 'could not record connects and disconnects');
      this.#waiting = [...rows, ...this.#waiting].slice(0, MAX_WAITING);
    }
  }
}
