/**
 * Compares what is known here of rooms' logs with where the logs end: where there are other replicas every second and a half,
 * since a hint of theirs may be lost, or never sent when one died between commit and publish; and once after a commit whose
 * answer was lost, of which nobody has told. Asks nothing while no rooms are followed. Knows no readers.
 */
import type { LogHead } from '@parley/store';

/** With the grace below and the read that follows, what is missing is there within two seconds, as is promised. */
const LOOK_MS = 1500;
/** What was just committed is on its way: only what has not come by then is missing. */
const GRACE_MS = 250;

/** Someone who follows rooms. */
export interface HeadWatcher {
  roomIds(): Iterable<string>;
  /** How far the room's log is known to reach; undefined for a room that is followed no more. */
  headOf(roomId: string): number | undefined;
  /** The log reaches further. */
  noteHead(head: LogHead): void;
}

export interface HeadWatchOptions {
  readonly heads: (roomIds: readonly string[]) => Promise<ReadonlyMap<string, LogHead>>;
  /** Whether it looks without being told of a doubt. */
  readonly always: boolean;
}

export class HeadWatch {
  readonly #options: HeadWatchOptions;
  readonly #watchers: HeadWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isInDoubt = false;
  #closed = false;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
    this.#schedule(LOOK_MS, () => void this.#look());
  }

  add(watcher: HeadWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Something may have been committed that nobody has told of. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number, next: () => void): void {
    if (this.#closed) return;
    this.#timer = setTimeout(next, ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { heads: read, always } = this.#options;
    const isDue = always || this.#isInDoubt;
    const roomIds = new Set(isDue ? this.#watchers.flatMap((watcher) => [...watcher.roomIds()]) : []);
    let suspects: LogHead[] = [];
    // Before the question: what is doubted meanwhile may be later than the answer.
    const wasInDoubt = this.#isInDoubt;
    if (roomIds.size > 0) this.#isInDoubt = false;
    try {
      if (roomIds.size > 0) {
        const heads = await read([...roomIds]);
        suspects = [...heads.values()].filter((head) => this.#isNews(head));
      }
    } catch {
      // The database is away, which every request says already; the next look may find it back.
      this.#isInDoubt ||= wasInDoubt;
    }
    if (suspects.length === 0) this.#schedule(LOOK_MS, () => void this.#look());
    else this.#schedule(GRACE_MS, () => this.#judge(suspects));
  }

  #judge(suspects: readonly LogHead[]): void {
    for (const head of suspects) {
      for (const watcher of this.#watchers) if (isNewsTo(watcher, head)) watcher.noteHead(head);
    }
    this.#schedule(LOOK_MS - GRACE_MS, () => void this.#look());
  }

  #isNews(head: LogHead): boolean {
    return this.#watchers.some((watcher) => isNewsTo(watcher, head));
  }
}

function isNewsTo(watcher: HeadWatcher, { roomId, lastSeq }: LogHead): boolean {
  const known = watcher.headOf(roomId);
  return known !== undefined && known < lastSeq;
}
