/** Someone whom thousands of strangers have written to. */
import { onTestFinished, expect, it } from 'vitest';
import { Client } from 'pg';
import { aMessage, addAccount, addGuest, addRoom, hasPostgres, openTestStore } from './databases.ts';

it.skipIf(!hasPostgres)('a list of own rooms has an end, and keeps what is one’s own', async () => {
  const opened = await openTestStore('postgres');
  onTestFinished(() => opened.close());
  const { store, url } = opened;
  const [ada, friend] = [await addAccount(store), await addGuest(store)];
  const room = await addRoom(store, ada);
  const direct = await store.rooms.openDirect(ada.id, friend.id);
  await store.log.append([aMessage(direct, ada, 'hello')]);
  const database = new Client({ connectionString: url });
  await database.connect();
  await database.query(
    `with strangers as (
       insert into users (nick, guest) select 'stranger-' || n, true from generate_series(1, 3000) as n returning id
     ), written as (
       insert into rooms (slug, key, title, topic, kind, direct_low, direct_high, member_count, message_count, last_seq, last_at)
       select '@s' || id, '@s' || id, '', '', 'direct', $1::bigint, id, 2, 1, 1, now() + id * interval '1 ms' from strangers
       returning id, direct_high
     )
     insert into memberships (room_id, user_id) select id, direct_high from written union all select id, $1 from written`,
    [ada.id],
  );
  await database.end();

  const own = await store.rooms.ofUser(ada.id);
  const slugs = own.map(({ slug }) => slug);
  expect(own).toHaveLength(1 + 1000);
  expect(slugs).toEqual(expect.arrayContaining(['lobby', room.slug, direct.slug]));
  const strangers = own.flatMap(({ with: other }) => (other?.nick.startsWith('stranger-') ? [other.nick] : []));
  const newest = Array.from({ length: 998 }, (_, back) => `stranger-${3000 - back}`);
  expect(strangers.toSorted()).toEqual(newest.toSorted());
  const known = (await store.rooms.membershipsOf([ada.id])).map(({ roomId }) => roomId);
  expect(known.toSorted()).toEqual(own.map(({ id }) => id).toSorted());
  // What they have done does not keep her from doing as she likes.
  expect(await store.rooms.countOwn(ada.id)).toBe(1);
});
