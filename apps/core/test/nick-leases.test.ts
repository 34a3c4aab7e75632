import { createLogger } from '@parley/service';
import type { Nicks } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { afterEach, expect, test } from 'vitest';
import { NickLeases } from '../src/auth/nick-leases.ts';
import { storeOfFile } from './store-of-file.ts';
import { uniqueNick } from './start-test-core.ts';

const opened = storeOfFile();
let replicas: NickLeases[] = [];

afterEach(async () => {
  for (const each of replicas) await each.close();
  replicas = [];
});

/** One replica's leases, short ones. */
function openLeases(
  nicks: Pick<Nicks, 'claim' | 'renew' | 'release'> = opened.store.nicks,
  options: { renewMs?: number; isHeldElsewhere?: (userId: string) => boolean } = {},
): NickLeases {
  const log = createLogger('test', 'silent');
  const leases = new NickLeases({ nicks, log, leaseMs: 1000, renewMs: 100, ...options });
  replicas.push(leases);
  return leases;
}

/** A guest whose own lease has run out. */
async function newUser() {
  const nick = uniqueNick();
  const made = await opened.store.users.createGuest({ nick, key: nick, ttlMs: 0, expiresAt: new Date() });
  if (made === 'taken') throw new Error(`There already is a ${nick}.`);
  return { id: made.user.id, nick };
}

const holderOf = async (nick: string) => (await opened.store.nicks.holder(nick))?.userId;
const free = (nick: string) => pollFor(() => holderOf(nick), undefined, { what: `${nick} to be free` });
const taken = { code: 'nick_taken' };

test('a held nick is renewed for as long as it is held, one that nobody came for runs out', async () => {
  const leases = openLeases();
  const [held, abandoned] = [await newUser(), await newUser()];
  await leases.enter(held.id, held.nick);
  leases.hold(held.id, held.nick);
  await leases.enter(abandoned.id, abandoned.nick);
  // The abandoned lease is the younger one: when it has run out, the held one would have, too.
  await free(abandoned.nick);
  expect(await holderOf(held.nick)).toBe(held.id);
  leases.release(held.id);
  await free(held.nick);
});

test('a nick that another replica freed under a user who is still here is taken again', async () => {
  const [here, there] = [openLeases(), openLeases()];
  const { id, nick } = await newUser();
  for (const replica of [here, there]) {
    await replica.enter(id, nick);
    replica.hold(id, nick);
  }
  await there.close();
  await pollFor(() => holderOf(nick), id);
});

/** A guest who is connected to two replicas, and has come back to one of them under a new nick. */
async function renamedElsewhere() {
  const slow = { renewMs: 60_000, isHeldElsewhere: () => false };
  const [here, there] = [openLeases(opened.store.nicks, slow), openLeases(opened.store.nicks, slow)];
  const { id, nick } = await newUser();
  const renamed = uniqueNick();
  await here.enter(id, nick);
  here.hold(id, nick);
  await there.enter(id, renamed);
  there.hold(id, renamed);
  const lost: string[][] = [];
  here.onLost((userId, former) => {
    lost.push([userId, former]);
    here.release(userId);
  });
  return { here, there, id, nick, renamed, lost };
}

test('a user who has left another replica keeps the nick that they took there, and loses the one that was held here', async () => {
  const { here, id, nick, renamed, lost } = await renamedElsewhere();
  here.releasedElsewhere(id);
  await pollFor(() => lost, [[id, nick]]);
  // Whatever is still to be freed here is freed now.
  await here.close();
  expect(await holderOf(renamed)).toBe(id);
});

test('a nick is lost once another replica tells of a newer one, and not by telling of an older one', async () => {
  const { here, there, id, nick, renamed, lost } = await renamedElsewhere();
  const lostThere: string[] = [];
  there.onLost((userId) => lostThere.push(userId));
  there.heldElsewhere(id, nick);
  here.heldElsewhere(id, renamed);
  await pollFor(() => lost, [[id, nick]]);
  // Its turn comes after the look.
  await there.enter(id, renamed);
  expect(lostThere).toEqual([]);
});

test('a nick is not taken again for a user who has taken another one elsewhere, also when they have left it', async () => {
  const { here, there, id, nick, renamed, lost } = await renamedElsewhere();
  await there.close();
  expect(await holderOf(renamed)).toBeUndefined();
  here.releasedElsewhere(id);
  await pollFor(() => lost, [[id, nick]]);
  await here.close();
  expect(await holderOf(nick)).toBeUndefined();
  expect(await opened.store.users.get(id)).toMatchObject({ nick: renamed });
});

test('a connection that comes under a nick which another one has replaced meanwhile hears so once it has come', async () => {
  const leases = openLeases();
  const { id, nick } = await newUser();
  const renamed = uniqueNick();
  const lost: string[][] = [];
  leases.onLost((userId, former) => lost.push([userId, former]));
  await leases.enter(id, nick);
  await leases.enter(id, renamed);
  leases.hold(id, nick);
  expect(lost).toEqual([]);
  await pollFor(() => lost, [[id, nick]]);
  leases.release(id);
  leases.hold(id, renamed);
  expect(await holderOf(renamed)).toBe(id);
  expect(lost).toEqual([[id, nick]]);
});

test('a user who enters twice keeps the nick when one connection ends before the other has come', async () => {
  let releases = 0;
  const leases = openLeases({
    claim: (request) => opened.store.nicks.claim(request),
    release: async (userId) => {
      releases += 1;
      await opened.store.nicks.release(userId);
    },
    renew: (held, ttlMs) => opened.store.nicks.renew(held, ttlMs),
  });
  const { id, nick } = await newUser();
  await leases.enter(id, nick);
  await leases.enter(id, nick);
  leases.hold(id, nick);
  leases.release(id);
  leases.hold(id, nick);
  // Its turn comes after whatever was asked for before.
  await leases.enter(id, nick);
  expect(releases).toBe(0);
});

test('a nick that its user has replaced is borrowed no more, and the newer one stays', async () => {
  const leases = openLeases();
  const { id, nick } = await newUser();
  const renamed = uniqueNick();
  await leases.enter(id, nick);
  leases.hold(id, nick);
  await leases.borrow(id, nick);
  await leases.enter(id, renamed);
  leases.hold(id, renamed);
  await expect(leases.borrow(id, nick)).rejects.toMatchObject(taken);
  await leases.borrow(id, renamed);
  expect(await holderOf(renamed)).toBe(id);
  expect(await holderOf(nick)).toBeUndefined();
});

test('a nick that another user got in the meantime is reported as lost', async () => {
  const leases = openLeases();
  const [first, second] = [await newUser(), await newUser()];
  const lost: string[][] = [];
  leases.onLost((userId, nick) => lost.push([userId, nick]));
  await leases.enter(first.id, first.nick);
  leases.hold(first.id, first.nick);
  // Until the second one is quicker than the first one's renewal.
  await pollFor(async () => {
    await opened.store.nicks.release(first.id);
    return opened.store.nicks.claim({ key: first.nick, nick: first.nick, userId: second.id, ttlMs: 60_000 });
  }, 'claimed');
  await pollFor(
    () => lost.length,
    (count) => count > 0,
  );
  expect(lost[0]).toEqual([first.id, first.nick]);
});

/** Leases of one user whose nick is being renewed: `meanwhile` happens between the database's answer and its arrival. */
async function renewing(options: {
  isGone: boolean;
  meanwhile: (leases: NickLeases, userId: string) => Promise<void>;
}) {
  const { id, nick } = await newUser();
  let rounds = 0;
  const leases = openLeases({
    claim: (request) => opened.store.nicks.claim(request),
    release: (userId) => opened.store.nicks.release(userId),
    renew: async (held, ttlMs) => {
      rounds += 1;
      if (rounds === 1 && options.isGone) await opened.store.nicks.release(id);
      const astray = await opened.store.nicks.renew(held, ttlMs);
      if (rounds === 1) await options.meanwhile(leases, id);
      return astray;
    },
  });
  const lost: string[][] = [];
  leases.onLost((userId, former) => lost.push([userId, former]));
  await leases.enter(id, nick);
  leases.hold(id, nick);
  await pollFor(
    () => rounds,
    (count) => count > 2,
  );
  return { id, nick, lost };
}

test('a rename while nicks are renewed loses the former nick, and not the new one', async () => {
  const renamed = uniqueNick();
  const { id, nick, lost } = await renewing({
    isGone: false,
    meanwhile: async (leases, userId) => {
      await leases.enter(userId, renamed);
      leases.hold(userId, renamed);
    },
  });
  expect(new Set(lost.map(String))).toEqual(new Set([`${id},${nick}`]));
  expect(await holderOf(renamed)).toBe(id);
});

test('a rename that is under way when a nick is taken again is not undone', async () => {
  const renamed = uniqueNick();
  let entered: Promise<void> | undefined;
  const { id, nick, lost } = await renewing({
    isGone: true,
    meanwhile: async (leases, userId) => {
      entered = leases.enter(userId, renamed).then(() => leases.hold(userId, renamed));
      return Promise.resolve();
    },
  });
  await entered;
  expect(new Set(lost.map(String))).toEqual(new Set([`${id},${nick}`]));
  expect(await holderOf(renamed)).toBe(id);
});

test('a user whose release is under way comes in after it', async () => {
  const leases = openLeases();
  const { id, nick } = await newUser();
  await leases.enter(id, nick);
  leases.hold(id, nick);
  leases.release(id);
  await leases.enter(id, nick);
  leases.hold(id, nick);
  expect(await holderOf(nick)).toBe(id);
});

test('a nick that is still being taken when its user leaves is freed after that', async () => {
  let outcome: Awaited<ReturnType<Nicks['claim']>> | undefined;
  const leases = openLeases({
    claim: async (request) => {
      // As from a slower connection to the database: a release that does not wait is there first.
      for (let round = 0; round < 10; round += 1) await opened.store.nicks.holder(request.nick);
      const answer = await opened.store.nicks.claim(request);
      outcome = answer;
      return answer;
    },
    release: (userId) => opened.store.nicks.release(userId),
    renew: (held, ttlMs) => opened.store.nicks.renew(held, ttlMs),
  });
  const { id, nick } = await newUser();
  leases.hold(id, nick);
  leases.release(id);
  await leases.close();
  await pollFor(() => outcome, 'claimed');
  expect(await holderOf(nick)).toBeUndefined();
});

test('a claim that fails leaves nothing behind', async () => {
  const leases = openLeases();
  const [owner, other] = [await newUser(), await newUser()];
  await leases.enter(owner.id, owner.nick);
  leases.hold(owner.id, owner.nick);
  await expect(leases.enter(other.id, owner.nick)).rejects.toMatchObject(taken);
  await expect(leases.borrow(other.id, owner.nick)).rejects.toMatchObject(taken);
  leases.release(other.id);
  expect(await holderOf(owner.nick)).toBe(owner.id);
});

test('a database that is away for a while costs no nick', async () => {
  let isAway = false;
  const leases = openLeases({
    claim: (request) => opened.store.nicks.claim(request),
    release: (userId) => opened.store.nicks.release(userId),
    renew: async (held, ttlMs) => {
      if (isAway) throw new Error('away');
      return opened.store.nicks.renew(held, ttlMs);
    },
  });
  const { id, nick } = await newUser();
  await leases.enter(id, nick);
  leases.hold(id, nick);
  isAway = true;
  await free(nick);
  isAway = false;
  await pollFor(() => holderOf(nick), id);
});
