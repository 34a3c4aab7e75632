/** Messages that their authors change, as those see them who are there, come back, come later, or read over HTTP. */
import { pollFor, type RawClient, tokenOf, youOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { message, seqsOf, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let core: TestCore;

beforeAll(async () => {
  core = await startTestCore(opened.store);
});
afterAll(() => core.close());

/** A room with a message of its maker's, with seq 2, and someone else in it. */
async function startTalk(text = 'teh tea'): Promise<{ ada: RawClient; bob: RawClient; room: string }> {
  const [ada, bob] = [await core.enter(), await core.enter()];
  const room = uniqueRoom();
  await ada.request({ type: 'room.create', room });
  await ada.request(message(room, text));
  await bob.request({ type: 'room.join', room });
  return { ada, bob, room };
}

const edit = (room: string, seq: number, text: string) => ({ type: 'message.edit', room, seq, text });
const deletion = (room: string, seq: number) => ({ type: 'message.delete', room, seq });

const pageOf = async (client: RawClient, room: string): Promise<unknown> =>
  (await client.request({ type: 'history', room }))['events'];

describe('a message', () => {
  it('that is edited is told to everyone in the room, its author too', async () => {
    const { ada, bob, room } = await startTalk();
    expect(await ada.request(edit(room, 2, 'the tea'))).toMatchObject({ type: 'ok' });
    for (const client of [ada, bob]) {
      expect(await client.next({ type: 'message.edited', room })).toEqual({
        type: 'message.edited',
        room,
        seq: 4,
        at: expect.any(String) as string,
        from: youOf(ada),
        target: 2,
        text: 'the tea',
      });
    }
  });

  it('that was edited or deleted is as it is now in history, and what happened to it follows', async () => {
    const { ada, bob, room } = await startTalk();
    await ada.request(message(room, 'never mind'));
    await ada.request(edit(room, 2, 'the tea'));
    await ada.request(edit(room, 4, 'never mind me'));
    await ada.request(deletion(room, 4));
    const expected = [
      { seq: 1 },
      { seq: 2, type: 'message', text: 'the tea', editedAt: expect.any(String) as string },
      { seq: 3, type: 'member.joined' },
      { seq: 4, type: 'message', text: '', deleted: true },
      { seq: 5, type: 'message.edited', target: 2, text: 'the tea' },
      { seq: 6, type: 'message.edited', target: 4, text: '' },
      { seq: 7, type: 'message.deleted', target: 4 },
    ];
    expect(await pageOf(bob, room)).toMatchObject(expected);
    const late = await core.enter();
    expect((await late.request({ type: 'room.join', room }))['events']).toMatchObject([...expected, { seq: 8 }]);
    const answer = await fetch(`${core.url}/api/history?room=${room}&activity=off`);
    expect(((await answer.json()) as { events: unknown }).events).toMatchObject([...expected, { seq: 8 }]);
  });

  it('that is changed while a reader is away is changed for them in order, once they are back', async () => {
    const { ada, bob, room } = await startTalk();
    bob.terminate();
    await ada.request(edit(room, 2, 'the tea'));
    await ada.request(message(room, 'is cold'));
    await ada.request(deletion(room, 2));
    const back = await core.enter({ token: tokenOf(bob), resume: { [room]: 3 } });
    expect(await back.next({ type: 'message.deleted', room })).toMatchObject({ seq: 6, target: 2 });
    expect(seqsOf(back.messages, room)).toEqual([4, 5, 6]);
    expect(JSON.stringify(back.messages)).not.toContain('the tea');
  });

  it('never comes with an older text than was told before, though its page was read before that', async () => {
    const { ada, bob, room } = await startTalk();
    const reading = holdNext(opened.store.log, 'page', 'answer');
    const page = bob.request({ type: 'history', room, limit: 200 });
    await reading.held();
    await ada.request(edit(room, 2, 'the tea'));
    await bob.next({ type: 'message.edited', room });
    reading.release();
    expect((await page)['events']).toMatchObject([{}, { seq: 2, text: 'the tea' }, {}, { type: 'message.edited' }]);
  });

  it('that is changed counts as nothing new to read', async () => {
    const { ada, bob, room } = await startTalk();
    await bob.request({ type: 'read.mark', room, seq: 3 });
    await bob.request({ type: 'room.close', room });
    await ada.request(edit(room, 2, 'the tea'));
    expect(await bob.next({ type: 'room.activity', room })).toMatchObject({ lastSeq: 4, unread: 0 });
  });

  it('is changed by who wrote it alone', async () => {
    const { ada, bob, room } = await startTalk();
    const forbidden = { code: 'forbidden', message: 'Only who wrote a message may change it.' };
    expect(await bob.request(edit(room, 2, 'bob’s'))).toMatchObject(forbidden);
    expect(await bob.request(deletion(room, 2))).toMatchObject(forbidden);
    await ada.request({ type: 'room.leave', room });
    expect(await ada.request(edit(room, 2, 'from outside'))).toMatchObject({ code: 'not_a_member' });
    expect(await ada.request(deletion(room, 2))).toMatchObject({ code: 'not_a_member' });
    expect(await pageOf(bob, room)).toMatchObject([{}, { text: 'teh tea' }, {}, { type: 'member.left' }]);
  });

  it('can be changed by a guest who has come back under another nick', async () => {
    const { ada, bob, room } = await startTalk();
    ada.terminate();
    const nick = `${youOf(ada).nick}-2`;
    const back = await core.enter({ token: tokenOf(ada), nick });
    expect(await back.request(edit(room, 2, 'the tea'))).toMatchObject({ type: 'ok' });
    expect(await bob.next({ type: 'message.edited', room })).toMatchObject({ from: { id: youOf(ada).id, nick } });
  });

  it('that is not there, is deleted, or is no message is not found', async () => {
    const { ada, room } = await startTalk();
    await ada.request(deletion(room, 2));
    for (const seq of [1, 3, 99]) {
      const notFound = { code: 'not_found', message: `There is no message ${seq} in ${room}.` };
      expect(await ada.request(edit(room, seq, 'x'))).toMatchObject(notFound);
      expect(await ada.request(deletion(room, seq))).toMatchObject(notFound);
    }
    expect(await ada.request(edit(room, 2, 'x'))).toMatchObject({ code: 'not_found' });
  });

  it('that is deleted, or has a text, twice over is so without an event', async () => {
    const { ada, room } = await startTalk();
    for (const request of [edit(room, 2, 'teh tea'), deletion(room, 2), deletion(room, 2)]) {
      expect(await ada.request(request)).toMatchObject({ type: 'ok' });
    }
    expect(await pageOf(ada, room)).toMatchObject([{}, {}, {}, { seq: 4, type: 'message.deleted' }]);
  });

  it('is edited into what could be sent as a message', async () => {
    const { ada, room } = await startTalk();
    expect(await ada.request(edit(room, 2, '語'.repeat(683)))).toMatchObject({ code: 'too_long' });
    expect(await ada.request(edit(room, 2, ' \n '))).toMatchObject({ code: 'bad_request' });
    expect(await ada.request(edit(room, 0, 'x'))).toMatchObject({ code: 'bad_request' });
    expect(await ada.request(edit(room, 2, '語'.repeat(682)))).toMatchObject({ type: 'ok' });
  });

  it('in a private room is hidden from those outside, and so is what it was changed to', async () => {
    const [ada, eve] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room, kind: 'private' });
    await ada.request(message(room, 'between us'));
    expect(await eve.request(edit(room, 2, 'x'))).toMatchObject({ code: 'room_not_found' });
    expect(await eve.request(deletion(room, 2))).toMatchObject({ code: 'room_not_found' });
    await ada.request(edit(room, 2, 'still between us'));
    await eve.request({ type: 'ping' });
    expect(JSON.stringify(eve.messages)).not.toContain('between us');
  });

  it('counts towards the rates before its room is looked for, which might tell whether there is one', async () => {
    const limited = await startTestCore(opened.store, { settings: { RATE_LIMITS: 'on' } });
    const room = uniqueRoom();
    for (const request of [edit(room, 1, 'x'), deletion(room, 1), { type: 'room.topic', room, topic: 'x' }]) {
      const eve = await limited.enter();
      const answers = await Promise.all(Array.from({ length: 75 }, () => eve.request(request)));
      const codes = answers.map((answer) => answer['code']);
      expect(codes.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 'room_not_found'));
      expect(codes.at(-1)).toBe('rate_limited');
    }
    await limited.close();
  });

  it('is told over server-sent events like any other', async () => {
    const { ada, room } = await startTalk();
    const abort = new AbortController();
    const answer = await fetch(`${core.url}/api/events?room=${room}`, {
      headers: { 'Last-Event-ID': '3' },
      signal: abort.signal,
    });
    let text = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
    })();
    await ada.request(edit(room, 2, 'the tea'));
    await ada.request(deletion(room, 2));
    await pollFor(
      () => text,
      (read) => read.includes('"message.edited"') && read.includes('"message.deleted"'),
    );
    abort.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
