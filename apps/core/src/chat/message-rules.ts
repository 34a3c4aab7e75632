/**
 * What a message may be, and who may change one: its author, while they are in the room. Each change is an event of the room's
 * log, after which the message is stored as it is now. Knows neither sockets nor SQL.
 */
import { ChatError, MAX_TEXT_BYTES } from '@parley/protocol';
import type { Principal } from '../auth/accounts.ts';
import type { ChatLimits } from './chat-limits.ts';
import type { GroupCommit, LoggedEvent } from './group-commit.ts';
import { refusalOf, type RoomDirectory } from './room-directory.ts';

/** The message with this seq in that room. */
export interface MessagePlace {
  readonly room: string;
  readonly seq: number;
}

export interface MessageRulesOptions {
  readonly directory: RoomDirectory;
  readonly groupCommit: GroupCommit;
  readonly limits: ChatLimits;
}

/** Throws `too_long`. */
export function checkLength(text: string): void {
  if (Buffer.byteLength(text) <= MAX_TEXT_BYTES) return;
  throw new ChatError('too_long', `A message takes at most ${MAX_TEXT_BYTES} bytes.`);
}

export class MessageRules {
  readonly #options: MessageRulesOptions;

  constructor(options: MessageRulesOptions) {
    this.#options = options;
  }

  /**
   * Gives a message another text; nothing, where it has that. Throws `not_found` also for one that is deleted, `forbidden`,
   * `not_a_member`, `room_not_found`, `too_long`, `rate_limited`.
   */
  edit(author: Principal, place: MessagePlace & { readonly text: string }): Promise<void> {
    const { seq: target, text } = place;
    checkLength(text);
    return this.#change(author, place, { type: 'message.edited', target, text });
  }

  /** Erases a message's text, for good; nothing, where that is done. Throws what `edit` throws. */
  delete(author: Principal, place: MessagePlace): Promise<void> {
    return this.#change(author, place, { type: 'message.deleted', target: place.seq });
  }

  async #change(author: Principal, place: MessagePlace, change: MessageChange): Promise<void> {
    const { directory, groupCommit, limits } = this.#options;
    await limits.act(author.id);
    const room = await directory.get(place.room);
    const sender = { id: author.id, nick: author.nick };
    const outcome = await groupCommit.append(room, { ...change, sender });
    switch (outcome.status) {
      case 'appended':
      case 'duplicate':
      case 'unchanged':
        return;
      default:
        throw refusalOf(outcome, room, place.seq);
    }
  }
}

type Changed = Extract<LoggedEvent, { type: 'message.edited' | 'message.deleted' }>;
type MessageChange = Changed extends infer Each ? (Each extends Changed ? Omit<Each, 'sender'> : never) : never;
