/** What stands above the first message of a room: for a newcomer, the first thing there is to read. */
import { LOBBY, type Room } from '@parley/protocol';
import { shownName } from '../state/room-list.ts';

export function beginWords(slug: string, room: Room | undefined, ownId: string): string {
  const words = `This is the beginning of ${shownName(room, slug)}.`;
  if (slug === LOBBY) {
    return `${words} Write below, and Enter sends it to all. /rooms lists the rooms, /create makes one, ? tells the rest.`;
  }
  if (room?.kind === 'direct')
    return `${words} ${room.with?.id === ownId ? 'Only you' : 'Only the two of you'} can read it.`;
  if (room?.kind === 'private')
    return `${words} Only its members can read it; others need an /invite, or its password if it has one.`;
  return `${words} Anyone may join and read it.`;
}
