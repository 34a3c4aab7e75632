/** Joins this process to the other replicas on a Redis: the bus, who is online, the limits that are counted together. */
import { randomUUID } from 'node:crypto';
import { type Logger, withinMs } from '@parley/service';
import type { Secrets } from '@parley/store';
import type { Bus } from '../chat/bus.ts';
import type { Report } from '../chat/expected-failure.ts';
import type { MakeRateLimit } from '../chat/rate-limit.ts';
import { OtherReplicas } from './other-replicas.ts';
import { OwnPresence } from './own-presence.ts';
import { RedisBus } from './redis-bus.ts';
import { RedisLink } from './redis-link.ts';
import { SharedRateLimit } from './shared-rate-limit.ts';

/** How long a start waits to learn who is online; a Redis that is away does not keep anyone from starting. */
const START_TIMEOUT_MS = 2000;

export interface Replicas {
  readonly bus: Bus;
  readonly makeLimit: MakeRateLimit;
  /** Resolves when it is known who is online elsewhere, or after a moment. For after the bus has its listeners. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function joinReplicas(options: {
  readonly redisUrl: string;
  readonly replica: string;
  readonly secrets: Pick<Secrets, 'getOrCreate'>;
  readonly log: Logger;
  readonly report: Report;
  /** A monotonic clock, for what is counted here. */
  readonly limitClock: () => number;
}): Promise<Replicas> {
  const { redisUrl, replica, secrets, log, report, limitClock } = options;
  // One Redis may serve several installations, and Pub/Sub knows no database numbers: each has a name of its own.
  const keyPrefix = `parley:${await secrets.getOrCreate('redis-space', () => randomUUID())}`;
  const link = new RedisLink(redisUrl, log);
  const bus = new RedisBus({ link, keyPrefix, replica, report });
  const own = new OwnPresence({ link, bus, keyPrefix, report });
  const others = new OtherReplicas({ link, bus, keyPrefix, report });
  return {
    bus,
    makeLimit: (name, rate) => new SharedRateLimit(link, `${keyPrefix}:rate:${name}`, rate, limitClock),
    async settled() {
      const ready = new Promise<void>((resolve) => {
        const end = link.onChange((state) => {
          if (state !== 'ready') return;
          end();
          resolve();
        });
        if (link.isReady) resolve();
      });
      await withinMs(
        START_TIMEOUT_MS,
        ready.then(() => Promise.all([others.look(), own.write()])),
      );
    },
    async close() {
      others.close();
      await own.close();
      await bus.close();
      link.close();
    },
  };
}
