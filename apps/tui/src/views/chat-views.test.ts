/** What the panes around the messages say, and what a tap on them opens. */
import { clusterWork } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { inLobby, listOf, NOW, room, you } from '../../test/acting-client.ts';
import { layoutOf } from '../state/chat-places.ts';
import { currentDraft } from '../state/room-drafts.ts';
import { dark } from '../themes/dark.ts';
import { memberRows, noticeRows, roomRows, statusRow } from './chat-views.ts';

const bob = { id: '2', nick: 'bob' };
const direct = room('@7', { kind: 'direct', with: bob });

/** In the conversation with bob, as he is by now. */
const withBob = (now: { guest: boolean; online: boolean }) =>
  inLobby()
    .press('alt+up')
    .act({
      type: 'room.opened',
      opened: {
        room: direct,
        members: [
          { ...you, online: true },
          { ...bob, ...now },
        ],
        total: 2,
        events: [],
        more: false,
      },
      fresh: true,
    });

const noticeOf = (client: ReturnType<typeof inLobby>): string =>
  noticeRows(client.chat, dark, 60, 1)
    .map(({ runs }) => runs.map(({ text }) => text).join(''))
    .join('\n');

describe('a conversation with a guest', () => {
  it('says that they have left, for nobody of their nick is them', () => {
    expect(noticeOf(withBob({ guest: true, online: false }))).toContain('bob has left; guests don’t come back.');
    expect(noticeOf(withBob({ guest: true, online: true })).trim()).toBe('');
    expect(noticeOf(withBob({ guest: false, online: false })).trim()).toBe('');
  });

  it('that has left is opened by no list of members', () => {
    const client = withBob({ guest: true, online: false }).press('f3').type('bob').press('enter');
    expect(client.chat.popup).toBeUndefined();
    expect(client.chat.toast?.words).toBe('bob is gone: a guest who comes back is someone new.');
    expect(client.effects).not.toContainEqual(expect.objectContaining({ do: 'open-direct' }));
  });
});

it('counts guests no more often than their nick is listed', () => {
  const gone = (id: string) => ({ id, nick: 'dora', guest: true, online: false });
  const members = [{ ...you, online: true }, gone('3'), gone('4'), gone('5')];
  const client = inLobby().act({
    type: 'room.opened',
    opened: { room: room('lobby'), members, total: 6, events: [], more: false },
    fresh: true,
  });
  const [heading] = memberRows(client.chat, dark, 20, 10);
  expect(heading?.runs.map(({ text }) => text).join('')).toContain('MEMBERS 1/4');
  expect(client.press('f3').chat.popup).toMatchObject({ rows: [{ label: 'ada' }, { label: 'dora' }], total: 4 });
});

it('says at the edge of the rooms, and in the status, what is new out of sight', () => {
  const rooms = Array.from({ length: 30 }, (_, index) => room(`room${10 + index}`, { unread: index === 29 ? 3 : 0 }));
  const client = inLobby().act(listOf(room('lobby'), ...rooms, { ...direct, unread: 2, lastSeq: 2 }));
  const shown = (width: number): string =>
    roomRows(client.chat, dark, width, 20, true)
      .at(-1)
      ?.runs.map(({ text }) => text)
      .join('') ?? '';
  const status = (roomRows: number, width = 80): string =>
    statusRow(client.chat, dark, width, 0, { roomRows, notice: true, hosted: false })
      .runs.map(({ text }) => text)
      .join('');
  expect(shown(18)).toBe(' ↓ 5 new   Alt+A │');
  expect(shown(15)).toBe(' ↓ 5 new      │');
  expect(status(20)).toMatch(/ 5 new in 2 rooms $/u);
  expect(status(40)).toMatch(/\(guest\) +Alt\+↑↓ rooms {2}PgUp back {2}F1 help {2}Esc Esc leave $/u);
  expect(status(40, 70)).toMatch(/\(guest\) +Alt\+↑↓ rooms {2}F1 help $/u);
});

it('shows where the list of rooms goes on, though nothing is new there', () => {
  const rooms = Array.from({ length: 30 }, (_, index) => room(`room${10 + index}`));
  const client = inLobby().act(listOf(room('lobby'), ...rooms, direct));
  const ends = (height: number): string =>
    roomRows(client.chat, dark, 18, height, true)
      .map(({ runs }) => runs.at(-1)?.text)
      .join('');
  expect(ends(5)).toBe('││││↓');
  client.press('alt+down').press('alt+down').press('alt+down').press('alt+down');
  expect(ends(5)).toBe('↑│││↓');
  expect(ends(40)).toBe('│'.repeat(40));
  expect(ends(1)).toBe('↑');
  client.press('alt+up').press('alt+up').press('alt+up').press('alt+up').press('alt+up');
  expect(ends(5)).toBe('↑││││');
});

it('opens the rooms by a tap on the room, the members on who is online, the help on its word', () => {
  const client = inLobby();
  const { header, composer } = layoutOf(client.chat, client.state.size);
  if (header === undefined) throw new Error('There is room for a header.');
  expect(client.click(header.x + 2, header.y).chat.popup).toMatchObject({ of: 'switch' });
  client.press('escape').click(header.x + header.width - 2, header.y);
  expect(client.chat.popup).toMatchObject({ of: 'members' });
  client.press('escape').click(composer.x + composer.width - 2, composer.y);
  expect(client.popup).toBe('help');
  client
    .press('escape')
    .type('what is written')
    .click(composer.x + composer.width - 2, composer.y);
  expect(client.popup).toBeUndefined();
});

it('says once that a room was left, wherever it was asked for', () => {
  const client = inLobby().press('alt+down').opened('dev').enter('/leave');
  client.act(listOf(direct, room('lobby')));
  expect([client.chat.active, client.chat.toast]).toEqual(['lobby', undefined]);
  const elsewhere = inLobby().press('alt+down').opened('dev');
  elsewhere.act({ ...listOf(direct, room('lobby')) });
  expect(elsewhere.chat.toast?.words).toBe('You are no longer in dev.');
});

it('shows the candidates about the chosen one, and measures no others', () => {
  const client = inLobby().type('n').press('tab');
  const candidates = Array.from({ length: 1000 }, (_, index) => `n${index}👍🏽: `);
  const shows = (index: number): string => {
    const completion = { start: 0, candidates, index, draft: currentDraft(client.chat) };
    client.state = { ...client.state, stage: { ...client.chat, completion } };
    return noticeOf(client).trim();
  };
  const before = clusterWork();
  expect(shows(0)).toMatch(/^n0👍🏽:  n1👍🏽:  n2👍🏽: .*…$/u);
  expect(shows(500)).toMatch(/^… n499👍🏽:  n500👍🏽:  n501👍🏽: .*…$/u);
  expect(shows(999)).toBe('… n998👍🏽:  n999👍🏽:');
  expect(clusterWork() - before).toBeLessThan(1000);
});

it('says which key connects again, where that key is not the browser’s', () => {
  const connection = { name: 'waiting', attempt: 1, retryAt: NOW + 5000, reason: 'The server is away.' } as const;
  const { chat } = inLobby().act({ type: 'connection', connection, now: NOW });
  const status = (hosted: boolean): string =>
    statusRow(chat, dark, 100, NOW, { roomRows: 10, notice: true, hosted })
      .runs.map(({ text }) => text)
      .join('');
  expect(status(false)).toContain('reconnecting in 5 s (attempt 2)  The server is away. F5: now');
  expect(status(true)).not.toContain('F5');
});
