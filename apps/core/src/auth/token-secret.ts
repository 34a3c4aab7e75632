/** The secret that signs tokens and tickets: the operator's, or one made once and kept in the database. */
import { randomBytes } from 'node:crypto';
import type { Secrets } from '@parley/store';

/** The signing key: JWT_SECRET when it is set, else the one that every process on this database shares. */
export async function tokenSecret(store: { secrets: Secrets }, configured?: string): Promise<Uint8Array> {
  const secret =
    configured ?? (await store.secrets.getOrCreate('token-secret', () => randomBytes(32).toString('base64url')));
  return new TextEncoder().encode(secret);
}
