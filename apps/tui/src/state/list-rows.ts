/** Rooms and people as the rows of list popups. */
import type { Member, Room } from '@parley/protocol';
import { distinctMembers, sortMembers } from './open-room.ts';
import { labelOf, shownName } from './room-list.ts';
import type { ListRow } from './state.ts';

/** Rooms with the most members first. */
export function roomListRows(rooms: readonly Room[], own: ReadonlyMap<string, Room>): readonly ListRow[] {
  return rooms
    .toSorted((a, b) => b.members - a.members || labelOf(a).localeCompare(labelOf(b)))
    .map((room) => {
      const about = room.topic || (room.title === room.room ? '' : room.title);
      const members = `${room.members} ${room.members === 1 ? 'member' : 'members'}`;
      const parts = [own.has(room.room) ? 'yours' : '', room.kind === 'direct' ? '' : members, about];
      return {
        label: shownName(room, room.room),
        detail: parts.filter((part) => part !== '').join(' · '),
        faint: false,
        opens: { room: room.room },
      };
    });
}

export const memberListRows = (members: readonly Member[], ownId: string): readonly ListRow[] =>
  distinctMembers(sortMembers(members)).map((member) => ({
    label: member.nick,
    detail: memberDetail(member, ownId),
    faint: !member.online,
    opens: { nick: member.nick },
  }));

/** What a list says of a person after the nick. */
function memberDetail(member: Member, ownId: string): string {
  const parts = [member.id === ownId ? 'you' : '', member.guest ? 'guest' : '', member.online ? '' : 'offline'];
  return parts.filter((part) => part !== '').join(' · ');
}
