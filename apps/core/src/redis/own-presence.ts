/** What is told in Redis of those who are online on this replica (shared-presence.ts): written, kept alive, taken back. */
import { OwnPeople } from './own-people.ts';
import {
  type Announcement,
  EXPIRY_SECONDS,
  type OnlineUser,
  PresenceKeys,
  REFRESH_MS,
  type SharedPresenceOptions,
  TIMEOUT_MS,
  VERSION_FIELD,
} from './shared-presence.ts';

const TICK_MS = 1000;
/** Changes of so long travel together. */
const GATHER_MS = 25;
const PEOPLE_AT_ONCE = 500;

export class OwnPresence {
  readonly #options: SharedPresenceOptions;
  readonly #keys: PresenceKeys;
  readonly #people: OwnPeople;
  readonly #releases: (() => void)[];
  readonly #timer: NodeJS.Timeout;
  #version = 0;
  #isWritten = false;
  #refreshedAt = -Infinity;
  #writing: Promise<void> | undefined;
  #gatherTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SharedPresenceOptions) {
    const { link, bus, keyPrefix } = options;
    this.#options = options;
    this.#keys = new PresenceKeys(keyPrefix);
    this.#people = new OwnPeople(bus.replica);
    this.#releases = [
      bus.subscribe((message) => {
        this.#people.note(message);
        this.#gather();
      }),
      link.onChange((state) => {
        if (state === 'ready') this.#writeIfDue();
      }),
    ];
    this.#timer = setInterval(() => this.#writeIfDue(), TICK_MS);
    this.#timer.unref();
    this.#writeIfDue();
  }

  /** Writes what has changed, or a sign of life; one write at a time. Never rejects, also when Redis is away. */
  async write(): Promise<void> {
    const { link, report } = this.#options;
    if (this.#writing !== undefined || this.#closed || !link.isReady) return this.#writing;
    this.#writing = (this.#isWritten ? this.#writeChanges() : this.#writeAll()).catch((error: unknown) => {
      this.#isWritten = false;
      report(error, 'could not tell other replicas who is online');
    });
    await this.#writing;
    this.#writing = undefined;
    if (this.#isWritten) this.#gather();
  }

  /** Says goodbye: this replica's people are offline. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#gatherTimer);
    for (const release of this.#releases) release();
    await this.#writing;
    const { link, bus } = this.#options;
    const goodbye = this.#announcement({ from: this.#version, version: this.#version, gone: true });
    await link.run(
      (client) =>
        client
          .multi()
          .del(this.#keys.hash(bus.replica))
          .sRem(this.#keys.replicas, bus.replica)
          .publish(this.#keys.channel, goodbye)
          .exec(),
      { timeoutMs: 500 },
    );
  }

  #writeIfDue(): void {
    const isDue = performance.now() - this.#refreshedAt >= REFRESH_MS;
    if (isDue || this.#people.hasChanges || !this.#isWritten) void this.write();
  }

  #gather(): void {
    if (!this.#people.hasChanges || this.#gatherTimer !== undefined || !this.#options.link.isReady) return;
    this.#gatherTimer = setTimeout(() => {
      this.#gatherTimer = undefined;
      void this.write();
    }, GATHER_MS);
  }

  async #writeAll(): Promise<void> {
    this.#people.takeChanges();
    const people = this.#people.all();
    this.#version += 1;
    await this.#commit({ from: -1, people, removed: [], afresh: true });
  }

  async #writeChanges(): Promise<void> {
    const { changed, removed } = this.#people.takeChanges();
    const from = this.#version;
    if (changed.length + removed.length > 0) this.#version += 1;
    await this.#commit({ from, people: changed, removed, afresh: false });
  }

  async #commit(change: { from: number; people: OnlineUser[]; removed: string[]; afresh: boolean }): Promise<void> {
    const { from, people, removed, afresh } = change;
    const { link, bus } = this.#options;
    const key = this.#keys.hash(bus.replica);
    const version = this.#version;
    // A whole replica is read from its hash: no message is to grow with it.
    const told = afresh ? {} : { online: people, offline: removed };
    const announcement = this.#announcement({ from, version, ...told });
    const replies = await link.run(
      (client) => {
        const transaction = client.multi();
        if (afresh) transaction.del(key);
        transaction.expire(key, EXPIRY_SECONDS);
        for (let start = 0; start < people.length; start += PEOPLE_AT_ONCE) {
          const some = people.slice(start, start + PEOPLE_AT_ONCE);
          transaction.hSet(key, Object.fromEntries(some.map((each) => [each.user.id, JSON.stringify(each)])));
        }
        if (removed.length > 0) transaction.hDel(key, removed);
        transaction
          .hSet(key, VERSION_FIELD, String(version))
          .expire(key, EXPIRY_SECONDS)
          .sAdd(this.#keys.replicas, bus.replica)
          .publish(this.#keys.channel, announcement);
        return transaction.exec();
      },
      { bytes: 300 * (people.length + removed.length + 1), timeoutMs: TIMEOUT_MS },
    );
    // The first `expire` tells whether the hash was still there: what Redis forgot is written whole next.
    this.#isWritten = replies !== undefined && (afresh || Number(replies[0]) === 1);
    if (this.#isWritten) this.#refreshedAt = performance.now();
  }

  #announcement(fields: Partial<Announcement>): string {
    return JSON.stringify({
      replica: this.#options.bus.replica,
      from: 0,
      version: 0,
      online: [],
      offline: [],
      ...fields,
    } satisfies Announcement);
  }
}
