/**
 * Limits that all replicas count together. Each counts for itself first, which refuses a flood without asking anyone; what
 * passes is counted in Redis too. While Redis does not answer, a replica's own count is what there is.
 */
import { LocalRateLimit, type Rate, type RateLimit } from '../chat/rate-limit.ts';
import { Script, type RedisLink } from './redis-link.ts';

/** How long a send or a sign-in waits for Redis before the count here has to do. */
const TIMEOUT_MS = 500;

/**
 * The generic cell rate algorithm of rate-limit.ts on Redis's clock. KEYS[1] holds when the key is back to a full burst;
 * ARGV are the interval and the burst in ms. Answers the ms to wait, 0 for none. No key is ever further from full than a
 * burst: one that seems to be was stored before the clock was set back.
 */
const TAKE_CELL = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local stored = tonumber(redis.call('GET', KEYS[1]) or '0')
local function keep(full)
  redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
end
if stored > now + ARGV[2] then
  stored = now + ARGV[2]
  keep(stored)
end
local full = math.max(stored, now) + ARGV[1]
local early = full - now - ARGV[2]
if early > 0 then return math.ceil(early) end
keep(full)
return 0`);

export class SharedRateLimit implements RateLimit {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #args: string[];
  readonly #local: LocalRateLimit;

  constructor(link: RedisLink, prefix: string, rate: Rate, now?: () => number) {
    this.#link = link;
    this.#prefix = prefix;
    this.#local = new LocalRateLimit(rate, now);
    const intervalMs = 1000 / rate.perSecond;
    this.#args = [String(intervalMs), String(rate.burst * intervalMs)];
  }

  take(key: string): number | Promise<number> {
    const waitMs = this.#local.take(key);
    return waitMs > 0 || !this.#link.isReady ? waitMs : this.#takeShared(key);
  }

  async #takeShared(key: string): Promise<number> {
    const waitMs = await this.#link.script(TAKE_CELL, [`${this.#prefix}:${key}`], this.#args, TIMEOUT_MS);
    if (typeof waitMs !== 'number' || waitMs <= 0) return 0;
    this.#local.giveBack(key);
    return waitMs;
  }
}
