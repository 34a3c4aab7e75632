/**
 * Connects and disconnects on their way to the database: collected, written together, kept for 30 days. Safe to lose when
 * the database stays away for long.
 */
import type { ActivityLog } from '@parley/store';

const WRITE_EVERY_MS = 1000;
const MAX_WAITING = 10_000;
const KEEP_MS = 30 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

type Row = Parameters<ActivityLog['record']>[0][number];

export interface ActivityRecordOptions {
  readonly activity: Pick<ActivityLog, 'record' | 'prune'>;
  readonly report: (error: unknown, what: string) => void;
  readonly now: () => number;
}

export class ActivityRecord {
  readonly #options: ActivityRecordOptions;
  readonly #pruning: NodeJS.Timeout;
  #waiting: Row[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: ActivityRecordOptions) {
    this.#options = options;
    this.#pruning = setInterval(() => this.#prune(), PRUNE_EVERY_MS);
    this.#pruning.unref();
  }

  note(user: { id: string; nick: string }, kind: Row['kind']): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ at: new Date(this.#options.now()), userId: user.id, nick: user.nick, kind });
    this.#schedule();
  }

  /** Writes what waits, once. */
  async close(): Promise<void> {
    clearInterval(this.#pruning);
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

  #prune(): void {
    this.#options.activity
      .prune(new Date(this.#options.now() - KEEP_MS))
      .catch((error: unknown) => this.#options.report(error, 'could not prune connects and disconnects'));
  }
}
