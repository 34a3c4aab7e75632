/**
 * This process's line to Redis: one connection for commands, one for subscriptions. Never makes anyone wait for long and
 * never grows: what can't be done now is not done, and the caller hears `undefined`. Knows no chat.
 *
 *   away ──both connections up, an echo came back──▶ ready ──a connection lost──▶ away
 *     ▲                                              │  ▲
 *     │ a connection lost       a command unanswered │  │ an echo came back
 *     └────────────────────── silent ◀───────────────┘  │
 *                                └──────────────────────┘
 *   any ──close──▶ closed
 *
 * An echo is a message to oneself through Redis: it proves both connections. Invariants: commands go out only while
 * ready; of them at most `MAX_COMMANDS` or `MAX_BYTES` are unanswered; while silent only an echo a second goes out.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Logger } from '@parley/service';
import { createClient } from 'redis';
import { Subscriptions } from './subscriptions.ts';

const MAX_COMMANDS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
const TICK_MS = 100;
const ECHO_MS = 1000;
/** Echoes come every second: a connection that brings none for so long is dead, whatever TCP believes. */
const DEAF_MS = 10_000;
const TIMEOUT_MS = 2000;
/** A Redis that can be reached at all has answered by then. */
const FIRST_ANSWER_MS = 5000;

export type LinkState = 'away' | 'silent' | 'ready' | 'closed';

export type RedisClient = ReturnType<typeof makeClient>;

interface Command {
  readonly deadline: number;
  readonly bytes: number;
  readonly giveUp: () => void;
}

export class RedisLink {
  readonly #log: Logger;
  readonly #commands: RedisClient;
  readonly #subscriber: RedisClient;
  readonly #subscriptions: Subscriptions;
  readonly #echoChannel = `parley:echo:${randomUUID()}`;
  readonly #unanswered = new Set<Command>();
  readonly #listeners = new Set<(state: LinkState) => void>();
  readonly #timer: NodeJS.Timeout;
  #state: LinkState = 'away';
  #bytes = 0;
  #tickedAt = performance.now();
  #echoSentAt = -Infinity;
  #isEchoing = false;
  #readySince = Infinity;
  /** From the start until Redis has answered, or is told of as not answering; why the last attempt failed. */
  #firstAnswer: { readonly dueAt: number; reason: string } | undefined = {
    dueAt: performance.now() + FIRST_ANSWER_MS,
    reason: 'no answer',
  };

  /** Starts to connect and goes on trying; nobody waits for it. */
  constructor(url: string, log: Logger) {
    this.#log = log;
    this.#commands = makeClient(url);
    this.#subscriber = makeClient(url);
    this.#subscriptions = new Subscriptions(this.#subscriber);
    this.#subscriptions.want(this.#echoChannel, () => this.#transition('ready'));
    for (const client of [this.#commands, this.#subscriber]) {
      // Each failed attempt is an 'error'; what matters is told once, by the transition.
      client.on('error', (error: unknown) => {
        log.debug({ reason: String(error) }, 'Redis connection');
        if (this.#firstAnswer !== undefined) this.#firstAnswer.reason = String(error);
        this.#transition('away');
      });
      client.on('ready', () => {
        this.#echo();
      });
      // Rejects only when it is closed while it tries.
      client.connect().catch((error: unknown) => log.debug({ reason: String(error) }, 'gave up connecting to Redis'));
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** For how long it has been ready without a break. */
  get readyForMs(): number {
    return Math.max(0, performance.now() - this.#readySince);
  }

  /** Calls back with each change of state; returns what ends that. */
  onChange(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs a command, `bytes` large. Undefined when Redis is not there, does not answer within `timeoutMs` or refuses, and
   * when too much waits already; whether it was done is open then.
   */
  run<Reply>(
    command: (client: RedisClient) => Promise<Reply>,
    { bytes = 100, timeoutMs = TIMEOUT_MS }: { bytes?: number; timeoutMs?: number } = {},
  ): Promise<Reply | undefined> {
    // One command of any size may go: otherwise who is online could grow past being told.
    const isFull = this.#bytes > 0 && this.#bytes + bytes > MAX_BYTES;
    if (this.#state !== 'ready' || this.#unanswered.size >= MAX_COMMANDS || isFull) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const entry = { deadline: performance.now() + timeoutMs, bytes, giveUp: () => resolve(undefined) };
      this.#unanswered.add(entry);
      this.#bytes += bytes;
      const settle = (reply: Reply | undefined): void => {
        this.#unanswered.delete(entry);
        this.#bytes -= bytes;
        resolve(reply);
      };
      command(this.#commands).then(settle, (error: unknown) => {
        this.#log.debug({ reason: String(error) }, 'Redis refused a command');
        settle(undefined);
      });
    });
  }

  /** Runs a script; see `run`. */
  async script(script: Script, keys: string[], args: string[], timeoutMs: number): Promise<unknown> {
    return this.run(
      async (client) => {
        const rest = [String(keys.length), ...keys, ...args];
        try {
          return await client.sendCommand(['EVALSHA', script.sha, ...rest]);
        } catch (error) {
          if (!String(error).includes('NOSCRIPT')) throw error;
          return client.sendCommand(['EVAL', script.text, ...rest]);
        }
      },
      { timeoutMs },
    );
  }

  /** Subscribes to a channel, now or as soon as Redis is back, until what is returned is called. `onSubscribed` tells when it began. */
  subscribe(channel: string, take: (payload: string) => void, onSubscribed?: () => void): () => void {
    return this.#subscriptions.want(channel, take, onSubscribed);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#transition('closed');
    clearInterval(this.#timer);
    this.#listeners.clear();
    this.#subscriptions.close();
    this.#giveUpAll();
    for (const client of [this.#commands, this.#subscriber]) client.destroy();
  }

  #transition(next: LinkState): void {
    const isUp = this.#commands.isReady && this.#subscriber.isReady;
    if (next === this.#state || this.#state === 'closed' || (next === 'ready' && !isUp)) return;
    const before = this.#state;
    this.#state = next;
    this.#readySince = next === 'ready' ? performance.now() : Infinity;
    if (next === 'ready') {
      this.#firstAnswer = undefined;
      this.#log.info('Redis answers');
    }
    if (before === 'ready' && next !== 'closed') {
      this.#log.warn({ state: next }, 'Redis does not answer: replicas hear of each other late');
    }
    if (next !== 'ready') this.#giveUpAll();
    for (const listener of this.#listeners) listener(next);
  }

  #tick(): void {
    const now = performance.now();
    const isLate = now - this.#tickedAt > 5 * TICK_MS;
    this.#tickedAt = now;
    // After a standstill of this process answers may be waiting to be read: nobody is late but ourselves.
    if (!isLate && this.#state === 'ready' && this.#isUnanswered(now)) this.#transition('silent');
    if (now - this.#echoSentAt >= ECHO_MS) this.#echo();
    if (this.#firstAnswer !== undefined && now >= this.#firstAnswer.dueAt) {
      this.#log.warn(
        { reason: this.#firstAnswer.reason },
        'Redis has not answered since the start: replicas hear of each other late',
      );
      this.#firstAnswer = undefined;
    }
  }

  #isUnanswered(now: number): boolean {
    for (const { deadline } of this.#unanswered) if (deadline < now) return true;
    return false;
  }

  #echo(): void {
    if (!this.#commands.isReady || !this.#subscriber.isReady) return;
    this.#echoSentAt = performance.now();
    this.#subscriptions.settle();
    if (this.#state === 'ready') {
      void this.run((client) => client.publish(this.#echoChannel, ''));
    } else if (!this.#isEchoing) {
      void this.#echoAlone();
    }
  }

  /** One at a time: a Redis that stands still must not find a heap of them. */
  async #echoAlone(): Promise<void> {
    this.#isEchoing = true;
    try {
      await this.#commands.publish(this.#echoChannel, '');
    } catch {
      // The connection was lost, which its 'error' tells.
    }
    this.#isEchoing = false;
  }

  #giveUpAll(): void {
    for (const { giveUp } of this.#unanswered) giveUp();
  }
}

/** A Lua script, sent by its hash once Redis knows it. */
export class Script {
  readonly text: string;
  readonly sha: string;

  constructor(text: string) {
    this.text = text;
    this.sha = createHash('sha1').update(text).digest('hex');
  }
}

function makeClient(url: string) {
  return createClient({
    url,
    // What replicas need is as old as Redis.
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: 3000,
      socketTimeout: DEAF_MS,
      // For as long as the process lives, also after a timeout; apart, so that replicas do not come all at once.
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 800) + Math.random() * 200,
    },
  });
}
