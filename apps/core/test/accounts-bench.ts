/** Accounts on a store of the file, as one replica or several have them, with a clock that a test sets. */
import { createLogger } from '@parley/service';
import type { Store } from '@parley/store';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { Accounts } from '../src/auth/accounts.ts';
import { PasswordHasher } from '../src/auth/password-hasher.ts';
import { tokenSecret } from '../src/auth/token-secret.ts';
import { storeOfFile } from './store-of-file.ts';

export const unauthorized = { code: 'unauthorized' };
export const nickTaken = { code: 'nick_taken' };
/** Of whoever registers here. */
export const password = 'correct horse';

const hasher = new PasswordHasher();
const log = createLogger('test', 'silent');

/** In a file's top level: a store and a secret for all of its tests, and for each of them accounts, closed after it. */
export class AccountsBench {
  /** The time, for all replicas: at first that of the test's beginning. */
  clock = 0;
  readonly #opened = storeOfFile();
  #secret: Uint8Array | undefined;
  #replicas: Accounts[] = [];
  #accounts: Accounts | undefined;
  #made = 0;

  constructor() {
    beforeAll(async () => {
      this.#secret = await tokenSecret(this.store);
    });
    beforeEach(() => {
      this.clock = Date.now();
      this.#accounts = this.openAccounts();
    });
    afterEach(async () => {
      for (const each of this.#replicas) await each.close();
      this.#replicas = [];
    });
  }

  get store(): Store {
    return this.#opened.store;
  }
  get secret(): Uint8Array {
    if (this.#secret === undefined) throw new Error('The secret is not made yet.');
    return this.#secret;
  }
  get accounts(): Accounts {
    if (this.#accounts === undefined) throw new Error('There are accounts within a test only.');
    return this.#accounts;
  }

  /** One more replica: its own Accounts on the same database. */
  readonly openAccounts = (options: { now?: () => number; refreshGraceMs?: number } = {}): Accounts => {
    const { store, secret } = this;
    const replica = new Accounts({ store, secret, hasher, log, now: () => this.clock, ...options });
    this.#replicas.push(replica);
    return replica;
  };

  /** A nick that no other test of the file has used. */
  readonly newNick = (): string => `nick-${(this.#made += 1)}`;

  readonly register = async (nick = this.newNick()) => this.accounts.register({ nick, password }, 'test');
}
