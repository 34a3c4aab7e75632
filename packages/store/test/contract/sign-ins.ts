/** Sessions and refresh tokens. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/index.ts';
import { addAccount, newName } from '../databases.ts';

const HOUR_MS = 3_600_000;
const GRACE_MS = 60_000;

export function describeSignIns(store: () => Store): void {
  const signIn = async (expiresAt = new Date(Date.now() + HOUR_MS)) => {
    const user = await addAccount(store());
    const hash = randomUUID();
    const { id } = await store().sessions.create({ userId: user.id, expiresAt, refreshHash: hash });
    return { user, id, hash };
  };
  const rotate = (refreshHash: string, options: { nextHash?: string; graceMs?: number } = {}) =>
    store().sessions.rotate({
      refreshHash,
      nextHash: options.nextHash ?? randomUUID(),
      graceMs: options.graceMs ?? GRACE_MS,
    });

  describe('sign-ins', () => {
    it('keeps a session until it is revoked', async () => {
      const { user, id } = await signIn();
      expect(await store().sessions.get(id)).toMatchObject({ id, userId: user.id, revokedAt: undefined });
      await store().sessions.revoke(id);
      expect((await store().sessions.get(id))?.revokedAt).toBeInstanceOf(Date);
      expect(await store().sessions.revokedWithin(0)).toContain(id);
      // Those of the last ten seconds are left out by nobody's clock.
      expect(await store().sessions.revokedWithin(-10_000)).not.toContain(id);
    });

    it('signs out of a session with all that is kept for its user, or not at all', async () => {
      const [{ user, id }, other] = [await signIn(), await signIn()];
      const [own, others] = [newName('tab'), newName('tab')];
      await store().terminals.put(own, { userId: user.id });
      await store().terminals.put(others, { userId: other.user.id });
      await store().sessions.signOut(id);
      const revokedAt = (await store().sessions.get(id))?.revokedAt;
      expect(revokedAt).toBeInstanceOf(Date);
      expect(await store().terminals.get(own)).toBeUndefined();
      // Again, for what came to be meanwhile.
      await store().terminals.put(own, { userId: user.id });
      await store().sessions.signOut(id);
      expect((await store().sessions.get(id))?.revokedAt).toEqual(revokedAt);
      expect(await store().terminals.get(own)).toBeUndefined();
      expect(await store().terminals.get(others)).toBeDefined();
      expect((await store().sessions.get(other.id))?.revokedAt).toBeUndefined();
    });

    it('knows no session by what is not an id', async () => {
      expect(await store().sessions.get('nope')).toBeUndefined();
      expect(await store().sessions.get(randomUUID())).toBeUndefined();
    });

    it('revokes all sessions of a user but one', async () => {
      const { user, id } = await signIn();
      const others = await Promise.all(
        [1, 2].map(() => store().sessions.create({ userId: user.id, expiresAt: new Date(Date.now() + HOUR_MS) })),
      );
      const revoked = await store().sessions.revokeUser(user.id, id);
      expect(revoked.toSorted()).toEqual(others.map((other) => other.id).toSorted());
      expect((await store().sessions.get(id))?.revokedAt).toBeUndefined();
    });

    it('rotates a refresh token, and takes the replaced one within its grace', async () => {
      const { id, hash } = await signIn();
      const nextHash = randomUUID();
      expect(await rotate(hash, { nextHash })).toMatchObject({ id });
      expect(await rotate(hash)).toMatchObject({ id });
      expect(await rotate(nextHash)).toMatchObject({ id });
    });

    it('revokes the session when a spent token comes back', async () => {
      const { id, hash } = await signIn();
      const nextHash = randomUUID();
      await rotate(hash, { nextHash });
      expect(await rotate(hash, { graceMs: -1 })).toBe('revoked');
      expect(await rotate(nextHash)).toBe('revoked');
      expect((await store().sessions.get(id))?.revokedAt).toBeInstanceOf(Date);
    });

    it('tells unknown and expired tokens apart', async () => {
      expect(await rotate(randomUUID())).toBe('unknown');
      const { hash } = await signIn(new Date(Date.now() - 1000));
      expect(await rotate(hash)).toBe('expired');
    });

    it('takes two who come with one token at the same time', async () => {
      const { id, hash } = await signIn();
      expect(await Promise.all([rotate(hash), rotate(hash)])).toMatchObject([{ id }, { id }]);
    });

    it('forgets sessions that are over', async () => {
      const { id } = await signIn(new Date(Date.now() - 2 * HOUR_MS));
      await store().sessions.prune(new Date(Date.now() - HOUR_MS));
      expect(await store().sessions.get(id)).toBeUndefined();
    });
  });
}
