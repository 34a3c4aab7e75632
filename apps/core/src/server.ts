/** Puts the core together: accounts, chat, HTTP and WebSockets on one store. Who listens on a port is not known here. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Logger, withinMs } from '@parley/service';
import { type Store, StoreUnavailable } from '@parley/store';
import type { Router } from 'express';
import { Accounts } from './auth/accounts.ts';
import { PasswordHasher } from './auth/password-hasher.ts';
import { tokenSecret } from './auth/token-secret.ts';
import { ActivityRecord } from './chat/activity-record.ts';
import { LocalBus } from './chat/bus.ts';
import { Chat } from './chat/chat.ts';
import { localRateLimits, noRateLimits } from './chat/rate-limit.ts';
import type { CoreConfig } from './config.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createApi } from './http/api.ts';
import { Metrics } from './metrics.ts';
import type { Timing } from './realtime/heartbeat.ts';
import { Realtime } from './realtime/realtime.ts';
import { joinReplicas } from './redis/replicas.ts';

/** Sends under way are answered, and streamed, before their senders and readers are sent away, if it takes no longer. */
const ANSWER_TIMEOUT_MS = 1000;

export interface CoreOptions {
  readonly config: CoreConfig;
  readonly store: Store;
  readonly log: Logger;
  readonly now?: (() => number) | undefined;
  /** The monotonic clock that limits count on. */
  readonly limitClock?: (() => number) | undefined;
  /** Names this process among the replicas. */
  readonly replica: string;
  /** Shorter times for tests. */
  readonly timing?: Partial<Timing> | undefined;
}

export interface Core {
  /** The key that tickets are signed with, for a gateway in the same process. */
  readonly secret: Uint8Array;
  /** Takes /api and /metrics. */
  readonly router: Router;
  /** Takes /ws and answers true, or leaves the socket alone. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Takes no more, finishes commits, closes everyone with 4503. The store is its owner's to close. May be called twice. */
  close(): Promise<void>;
}

export async function createCore(options: CoreOptions): Promise<Core> {
  const { config, store, log, now = Date.now, limitClock = () => performance.now(), replica, timing } = options;
  const { publicRead, redisUrl } = config;
  const report = (error: unknown, what: string): void => {
    // A lost database is told to everyone who asks, and by the health path: no reason to fill the log.
    if (error instanceof StoreUnavailable) log.warn({ reason: error.message }, what);
    else log.error({ err: error }, what);
  };
  const secret = await tokenSecret(store, config.jwtSecret);
  const metrics = new Metrics();
  const { secrets } = store;
  const replicas =
    redisUrl === undefined ? undefined : await joinReplicas({ redisUrl, replica, secrets, log, report, limitClock });
  const bus = replicas?.bus ?? new LocalBus({ replica, report });
  // Asked for the first time when there is a chat: accounts are needed before.
  const isOnlineElsewhere = (userId: string): boolean => chat.presence.isOnlineElsewhere(userId);
  const isHeldElsewhere = bus.isShared ? (id: string): boolean => !bus.isHeard || isOnlineElsewhere(id) : undefined;
  const hasher = new PasswordHasher();
  const accounts = new Accounts({ store, secret, hasher, log, now, isHeldElsewhere });
  const measured = (events: number, seconds: number): void => metrics.committed(events, seconds);
  const makeLocalLimit = config.rateLimits ? localRateLimits(limitClock) : noRateLimits;
  const makeLimit = config.rateLimits && replicas !== undefined ? replicas.makeLimit : makeLocalLimit;
  const chat = await Chat.open({ store, bus, hasher, publicRead, makeLimit, report, measured });
  // After the listener of presence, which then knows who is left.
  bus.subscribe((message) => {
    if (message.kind === 'online' && message.replica !== replica) accounts.heldElsewhere(message.user);
    if (message.kind === 'offline' && message.replica !== replica) accounts.releasedElsewhere(message.userId);
  });
  metrics.watch({ liveRooms: () => chat.feeds.size, queueLength: () => chat.queueLength });
  const activity = new ActivityRecord({ activity: store.activity, report, now });
  const api = createApi({ config, store, accounts, chat, metrics, secret, makeLimit, makeLocalLimit, log });
  const realtime = new Realtime({
    config,
    chat,
    accounts,
    activity,
    secret,
    report,
    figures: metrics,
    timing,
    rooms: store.rooms,
    makeLimit,
    limitClock,
  });
  const endHousekeeping = startHousekeeping({ store, log, now });
  await replicas?.settled();

  const closeAll = async (): Promise<void> => {
    endHousekeeping();
    const answered = withinMs(ANSWER_TIMEOUT_MS, chat.finish());
    await Promise.all([realtime.close(answered), answered.then(() => api.close())]);
    await chat.close();
    await activity.close();
    await accounts.close();
    await (replicas ?? bus).close();
  };
  let closing: Promise<void> | undefined;
  return {
    secret,
    router: api.router,
    handleUpgrade: (request, socket, head) => realtime.handleUpgrade(request, socket, head),
    close: () => (closing ??= closeAll()),
  };
}
