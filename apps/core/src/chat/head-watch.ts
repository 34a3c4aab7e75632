/**
 * Compares, every second and a half, what is known here of rooms' logs with where the logs end: a hint of another replica
 * may be lost, or never sent when that replica died between commit and publish; and of a commit whose answer was lost
 * nobody has told. Asks nothing while no rooms are followed. Knows no readers.
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

export class HeadWatch {
  readonly #heads: (roomIds: readonly string[]) => Promise<ReadonlyMap<string, LogHead>>;
  readonly #watchers: HeadWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: { heads: (roomIds: readonly string[]) => Promise<ReadonlyMap<string, LogHead>> }) {
    this.#heads = options.heads;
    this.#schedule(LOOK_MS, () => void this.#look());
  }

  add(watcher: HeadWatcher): void {
    this.#watchers.push(watcher);
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
    const roomIds = new Set(this.#watchers.flatMap((watcher) => [...watcher.roomIds()]));
    let suspects: LogHead[] = [];
    try {
      if (roomIds.size > 0) {
        const heads = await this.#heads([...roomIds]);
        suspects = [...heads.values()].filter((head) => this.#isNews(head));
      }
    } catch {
      // The database is away, which every request says already; the next look may find it back.
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
