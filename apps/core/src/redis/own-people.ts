/** Who is online on this replica and in which rooms, as the bus here tells; and what of it others have not been told. */
import { type BusMessage, type Move, movesOf } from '../chat/bus.ts';
import type { OnlineUser } from './shared-presence.ts';

interface Person {
  user: OnlineUser['user'];
  readonly roomIds: Set<string>;
}

export class OwnPeople {
  readonly #replica: string;
  readonly #people = new Map<string, Person>();
  readonly #changed = new Set<string>();

  constructor(replica: string) {
    this.#replica = replica;
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  note(message: BusMessage): void {
    switch (message.kind) {
      case 'online':
        if (message.replica !== this.#replica) return;
        this.#people.set(message.user.id, { user: message.user, roomIds: new Set(message.roomIds) });
        this.#changed.add(message.user.id);
        return;
      case 'offline':
        if (message.replica === this.#replica && this.#people.delete(message.userId)) this.#changed.add(message.userId);
        return;
      default:
        for (const move of movesOf(message)) this.#move(move);
    }
  }

  all(): OnlineUser[] {
    return [...this.#people.values()].map(shown);
  }

  /** What has changed since the last call. */
  takeChanges(): { changed: OnlineUser[]; removed: string[] } {
    const changed: OnlineUser[] = [];
    const removed: string[] = [];
    for (const userId of this.#changed) {
      const person = this.#people.get(userId);
      if (person === undefined) removed.push(userId);
      else changed.push(shown(person));
    }
    this.#changed.clear();
    return { changed, removed };
  }

  #move({ roomId, userId, isInside }: Move): void {
    const person = this.#people.get(userId);
    if (person === undefined || person.roomIds.has(roomId) === isInside) return;
    if (isInside) person.roomIds.add(roomId);
    else person.roomIds.delete(roomId);
    this.#changed.add(userId);
  }
}

/** Field by field: whoever is noted here may carry more than others should see. */
const shown = ({ user: { id, nick, guest }, roomIds }: Person): OnlineUser => ({
  user: { id, nick, guest },
  roomIds: [...roomIds],
});
