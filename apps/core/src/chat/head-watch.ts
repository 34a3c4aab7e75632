/**
 * Compares what is known here of rooms' logs with where the logs end. Rooms in doubt at once, until the database answers, and
 * now and then for two minutes: a commit's answer was lost, or other replicas were not heard. Where there are other replicas
 * all rooms every second and a half instead, since a hint of theirs may be lost, or never sent when one died between commit
 * and publish.
 * Asks nothing while no rooms are followed. Knows no readers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LogHead } from '@parley/store';
import { DATABASE_RETRY_MS, LATER_LOOKS_S, type Report } from './expected-failure.ts';

/** With the grace below and the read that follows, what is missing is there within two seconds, as is promised. */
const LOOK_MS = 1500;
/** What was just committed is on its way: only what has not come by then is missing. */
const GRACE_MS = 250;
const LAST_LOOK_S = Math.max(...LATER_LOOKS_S);

/** Someone who follows rooms. */
export interface HeadWatcher {
  roomIds(): Iterable<string>;
  /** How far the room's log is known to reach; undefined for a room that is not followed. */
  headOf(roomId: string): number | undefined;
  /**
   * The furthest that the room's log was ever said or seen to reach; undefined for a room that is not followed. Left out where
   * that is `headOf`.
   */
  reachOf?(roomId: string): number | undefined;
  /** The log reaches further. */
  noteHead(head: LogHead): void;
}

export interface HeadWatchOptions {
  readonly heads: (roomIds: readonly string[]) => Promise<ReadonlyMap<string, LogHead>>;
  /** The log ends before what was known of it when it was asked for: the database is back with an older state. */
  readonly rewound: (head: LogHead) => void;
  readonly report: Report;
  /** Whether it looks without being told of a doubt. */
  readonly always: boolean;
}

export class HeadWatch {
  readonly #options: HeadWatchOptions;
  readonly #watchers: HeadWatcher[] = [];
  readonly #doubtful = new Set<string>();
  /** Rooms that are looked at again, with the seconds since they were last doubted. */
  readonly #seconds = new Map<string, number>();
  #laterTimer: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;
  #closed = false;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
    if (options.always) this.#schedule(LOOK_MS, () => void this.#look());
  }

  add(watcher: HeadWatcher): void {
    this.#watchers.push(watcher);
  }

  /** How far anyone knows the room's log to reach; undefined for a room that is not followed. */
  reachOf(roomId: string): number | undefined {
    let reach: number | undefined;
    for (const watcher of this.#watchers) {
      const known = watcher.reachOf === undefined ? watcher.headOf(roomId) : watcher.reachOf(roomId);
      if (known !== undefined) reach = Math.max(known, reach ?? 0);
    }
    return reach;
  }

  /** Of these rooms, or of all that are followed, something may be stored that nobody has told of. */
  doubt(roomIds: readonly string[] = this.#followed()): void {
    this.#suspect(roomIds);
    // Where all are looked at anyway nothing is found later for having been in doubt.
    if (this.#options.always) return;
    for (const id of roomIds) this.#seconds.set(id, 0);
    this.#laterTimer ??= setTimeout(() => this.#countOn(), 1000).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#laterTimer);
  }

  #suspect(roomIds: readonly string[]): void {
    for (const id of roomIds) this.#doubtful.add(id);
    if (!this.#isChecking) void this.#check();
  }

  #countOn(): void {
    const due: string[] = [];
    for (const [id, before] of this.#seconds) {
      const seconds = before + 1;
      if (LATER_LOOKS_S.includes(seconds)) due.push(id);
      if (seconds < LAST_LOOK_S) this.#seconds.set(id, seconds);
      else this.#seconds.delete(id);
    }
    this.#laterTimer = this.#seconds.size === 0 ? undefined : setTimeout(() => this.#countOn(), 1000).unref();
    this.#suspect(due);
  }

  async #check(): Promise<void> {
    this.#isChecking = true;
    while (this.#doubtful.size > 0 && !this.#closed) {
      const roomIds = [...this.#doubtful].filter((id) => this.#isFollowed(id));
      // Before the question: what is doubted meanwhile may be later than the answer.
      this.#doubtful.clear();
      if (roomIds.length === 0) break;
      try {
        const heads = await this.#headsOf(roomIds);
        // Others' rooms may be among them, whose events are on their way.
        for (const id of roomIds) this.#tell(heads.get(id));
      } catch {
        // The database is still away, which every request says already.
        for (const id of roomIds) this.#doubtful.add(id);
        await delay(DATABASE_RETRY_MS, undefined, { ref: false });
      }
    }
    this.#isChecking = false;
  }

  #schedule(ms: number, next: () => void): void {
    if (this.#closed) return;
    this.#timer = setTimeout(next, ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const roomIds = this.#followed();
    let suspects: LogHead[] = [];
    try {
      if (roomIds.length > 0) {
        const heads = await this.#headsOf(roomIds);
        suspects = [...heads.values()].filter((head) => this.#isNews(head));
      }
    } catch {
      // The database is away, which every request says already; the next look may find it back.
    }
    if (suspects.length === 0) this.#schedule(LOOK_MS, () => void this.#look());
    else this.#schedule(GRACE_MS, () => this.#judge(suspects));
  }

  #judge(suspects: readonly LogHead[]): void {
    for (const head of suspects) this.#tell(head);
    this.#schedule(LOOK_MS - GRACE_MS, () => void this.#look());
  }

  async #headsOf(roomIds: readonly string[]): Promise<ReadonlyMap<string, LogHead>> {
    // Before the question: what is committed meanwhile may be later than the answer.
    const reaches = roomIds.map((id) => this.reachOf(id));
    const heads = await this.#options.heads(roomIds);
    roomIds.forEach((id, at) => {
      const head = heads.get(id);
      if (head !== undefined && head.lastSeq < (reaches[at] ?? 0)) this.#guard(() => this.#options.rewound(head));
    });
    return heads;
  }

  #followed(): string[] {
    return [...new Set(this.#watchers.flatMap((watcher) => [...watcher.roomIds()]))];
  }

  #isFollowed(roomId: string): boolean {
    return this.#watchers.some((watcher) => watcher.headOf(roomId) !== undefined);
  }

  #isNews(head: LogHead): boolean {
    return this.#watchers.some((watcher) => isNewsTo(watcher, head));
  }

  #tell(head: LogHead | undefined): void {
    if (head === undefined) return;
    for (const watcher of this.#watchers) {
      this.#guard(() => {
        if (isNewsTo(watcher, head)) watcher.noteHead(head);
      });
    }
  }

  /** A bug of who is told is not the database's absence, and must not keep the others from hearing. */
  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.report(error, 'could not tell how far a log reaches');
    }
  }
}

function isNewsTo(watcher: HeadWatcher, { roomId, lastSeq }: LogHead): boolean {
  const known = watcher.headOf(roomId);
  return known !== undefined && known < lastSeq;
}
