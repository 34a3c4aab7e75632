/** Rooms and people as the rows of list popups. */
import type { Member, Room } from '@parley/protocol';
import { distinctMembers, isGone, sortMembers } from './open-room.ts';
import { labelOf, shownName } from './room-list.ts';
import type { ListPopupRow } from './state.ts';

/** Rooms with the most members first. */
export function roomListRows(rooms: readonly Room[], own: ReadonlyMap<string, Room>): readonly ListPopupRow[] {
  return rooms
    .toSorted((a, b) => b.members - a.members || labelOf(a).localeCompare(labelOf(b)))
    .map((room) => {
      const about = room.topic || (room.title === room.room ? '' : room.title);
      const members = `${room.members} ${room.members === 1 ? 'member' : 'members'}`;
      const isYours = own.has(room.room);
      // Of rooms that are not public only those are told that one is in or invited to.
      const parts = [
        isYours ? 'joined' : room.kind === 'private' ? 'invited' : '',
        room.kind === 'direct' ? '' : members,
        about,
      ];
      return {
        label: shownName(room, room.room),
        detail: parts.filter((part) => part !== '').join(' · '),
        faint: false,
        opens: { room: room.room },
      };
    });
}

export const memberListRows = (members: readonly Member[], ownId: string): readonly ListPopupRow[] =>
  distinctMembers(sortMembers(members)).map((member) => ({
    label: member.nick,
    detail: memberDetail(member, ownId),
    faint: !member.online,
    opens: isGone(member) ? { gone: member.nick } : { nick: member.nick },
  }));

/** What a list says of a person after the nick. */
function memberDetail(member: Member, ownId: string): string {
  const parts = [member.id === ownId ? 'you' : '', member.guest ? 'guest' : '', member.online ? '' : 'offline'];
  return parts.filter((part) => part !== '').join(' · ');
}
