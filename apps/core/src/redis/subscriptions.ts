/**
 * Which channels are subscribed to. What is wanted changes at any time, also while Redis is away; one command at a time brings
 * Redis there, so churn neither overtakes itself nor piles up. Knows nothing of what the channels carry.
 */
import type { RedisClient } from './redis-link.ts';

interface Wanted {
  readonly take: (payload: string) => void;
  readonly onSubscribed: (() => void) | undefined;
}

const CHANNELS_AT_ONCE = 500;

export class Subscriptions {
  readonly #client: RedisClient;
  readonly #wanted = new Map<string, Wanted>();
  readonly #subscribed = new Set<string>();
  #settling = false;
  #closed = false;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  want(channel: string, take: (payload: string) => void, onSubscribed?: () => void): () => void {
    const wanted = { take, onSubscribed };
    this.#wanted.set(channel, wanted);
    // Still subscribed from before: nothing to wait for.
    if (this.#subscribed.has(channel) && this.#client.isReady) onSubscribed?.();
    this.settle();
    return () => {
      if (this.#wanted.get(channel) !== wanted) return;
      this.#wanted.delete(channel);
      this.settle();
    };
  }

  /** Brings Redis to what is wanted; to be called again now and then, in case the connection was lost over it. */
  settle(): void {
    if (this.#settling || this.#closed || !this.#client.isReady) return;
    this.#settling = true;
    void this.#settle().finally(() => {
      this.#settling = false;
    });
  }

  close(): void {
    this.#closed = true;
    this.#wanted.clear();
  }

  async #settle(): Promise<void> {
    // Lets what changes in one go travel in one command.
    await Promise.resolve();
    try {
      while (!this.#closed) {
        const missing = this.#missing();
        const extra = this.#extra();
        if (missing.length === 0 && extra.length === 0) return;
        if (missing.length > 0) await this.#subscribe(missing);
        if (extra.length > 0) await this.#unsubscribe(extra);
      }
    } catch {
      // The connection was lost, or Redis refused: to be tried again later.
    }
  }

  async #subscribe(channels: string[]): Promise<void> {
    await this.#client.subscribe(channels, this.#take);
    for (const channel of channels) {
      this.#subscribed.add(channel);
      this.#wanted.get(channel)?.onSubscribed?.();
    }
  }

  async #unsubscribe(channels: string[]): Promise<void> {
    await this.#client.unsubscribe(channels, this.#take);
    for (const channel of channels) this.#subscribed.delete(channel);
  }

  #missing(): string[] {
    const missing: string[] = [];
    for (const channel of this.#wanted.keys()) {
      if (!this.#subscribed.has(channel)) missing.push(channel);
      if (missing.length >= CHANNELS_AT_ONCE) break;
    }
    return missing;
  }

  #extra(): string[] {
    const extra: string[] = [];
    for (const channel of this.#subscribed) {
      if (!this.#wanted.has(channel)) extra.push(channel);
      if (extra.length >= CHANNELS_AT_ONCE) break;
    }
    return extra;
  }

  /** One listener for all, which is how the client knows it again after a reconnect. */
  readonly #take = (payload: string, channel: string): void => this.#wanted.get(channel)?.take(payload);
}
