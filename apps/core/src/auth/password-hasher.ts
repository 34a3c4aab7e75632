/**
 * Hashes and checks passwords with argon2id, a few at a time: each takes 19 MiB and tens of milliseconds of one of the
 * four threads that Node shares among files, DNS and this. Whoever waits stands in a bounded queue that no one source can fill,
 * and in which the sources take turns (fair-turns.ts).
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { ChatError } from '@parley/protocol';
import { FairTurns } from '../fair-turns.ts';

/** OWASP's first recommendation for argon2id (m = 19 MiB, t = 2, p = 1); argon2id is the package's default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** A core is left to the event loop, and at least two of the four threads to everyone else. */
export const MAX_RUNNING_HASHES = Math.max(1, Math.min(2, availableParallelism() - 1));
const MAX_WAITING = 256;
const MAX_WAITING_PER_SOURCE = 64;
const RETRY_AFTER_MS = 2000;

export class PasswordHasher {
  readonly #turns = new FairTurns({
    width: MAX_RUNNING_HASHES,
    maxWaiting: MAX_WAITING,
    maxWaitingPerSource: MAX_WAITING_PER_SOURCE,
    refusal: busy,
  });
  readonly #verify: typeof verify;
  /** Checked in place of a hash that does not exist, so that an unknown nick takes as long as a wrong password. */
  readonly #decoy: Promise<string>;

  /** `check`: argon2's `verify`, unless it is watched. */
  constructor(check = verify) {
    this.#verify = check;
    this.#decoy = hash(randomBytes(16), PARAMETERS);
    // Reported where it is awaited; without this a failure would end the process first.
    this.#decoy.catch(() => {});
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** An encoded hash. `source` is who asks (an address or a user); throws `unavailable` when the queue is full. */
  hash(password: string, source: string): Promise<string> {
    return this.#turns.run(source, () => hash(canonical(password), PARAMETERS));
  }

  /** Whether the password fits. No hash never fits, and takes as long. */
  verify(encoded: string | undefined, password: string, source: string): Promise<boolean> {
    return this.#turns.run(source, async () => {
      const fits = await this.#verify(encoded ?? (await this.#decoy), canonical(password));
      return fits && encoded !== undefined;
    });
  }
}

const busy = (): ChatError =>
  new ChatError('unavailable', 'Too many people are signing in. Try again in a moment.', {
    retryAfterMs: RETRY_AFTER_MS,
  });

/** One spelling for what one types the same way on different keyboards (RFC 8265). */
const canonical = (password: string): string => password.normalize('NFC');
