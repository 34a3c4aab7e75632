/**
 * What RATE_LIMITS limits in the chat: by user and, more loosely, by source, the address that asks, of which one can't have as
 * many as guests. Behind one address there may be an office full of people: what it may do is what hundreds do at their
 * busiest. Knows no rules and no rooms.
 */
import { type MakeRateLimit, type Rate, type RateLimit, refuseFor } from './rate-limit.ts';

/** 10 a second a user, burst 60 (protocol.md). */
const MESSAGES: Rate = { perSecond: 10, burst: 60 };
/** Making a public room is told to everyone. */
const ROOMS_OF_SOURCE: Rate = { perSecond: 1, burst: 60 };
/** Each attempt at a room's password counts, also one that succeeds: a meeting may begin with hundreds of them. */
const GUESSES: Rate = { perSecond: 0.2, burst: 10 };
const GUESSES_OF_SOURCE: Rate = { perSecond: 1, burst: 300 };
const GUESSES_AT_ROOM: Rate = { perSecond: 2, burst: 600 };
/** Lists of rooms and of people, which are long: some 2 ms of this process each. */
const LISTS: Rate = { perSecond: 2, burst: 60 };
const LISTS_OF_SOURCE: Rate = { perSecond: 20, burst: 300 };
/** Rooms that are opened, and pages of members. A client joins what is too much for its hello at once: rooms by the hundred. */
const OPENINGS: Rate = { perSecond: 10, burst: 600 };
const OPENINGS_OF_SOURCE: Rate = { perSecond: 50, burst: 2000 };

/** Who asks. Over HTTP that may be nobody in particular. */
export interface Asker {
  readonly userId: string | undefined;
  readonly source: string;
}

/** One of a limit, for a key. */
type Take = readonly [limit: RateLimit, key: string];

export class ChatLimits {
  /** What every act that others see counts as: a message. */
  readonly messages: RateLimit;
  readonly #roomsOfSource: RateLimit;
  readonly #guesses: RateLimit;
  readonly #guessesOfSource: RateLimit;
  readonly #guessesAtRoom: RateLimit;
  readonly #lists: RateLimit;
  readonly #listsOfSource: RateLimit;
  readonly #openings: RateLimit;
  readonly #openingsOfSource: RateLimit;

  constructor(makeLimit: MakeRateLimit) {
    this.messages = makeLimit('messages', MESSAGES);
    this.#roomsOfSource = makeLimit('rooms-source', ROOMS_OF_SOURCE);
    this.#guesses = makeLimit('guesses', GUESSES);
    this.#guessesOfSource = makeLimit('guesses-source', GUESSES_OF_SOURCE);
    this.#guessesAtRoom = makeLimit('guesses-room', GUESSES_AT_ROOM);
    this.#lists = makeLimit('lists', LISTS);
    this.#listsOfSource = makeLimit('lists-source', LISTS_OF_SOURCE);
    this.#openings = makeLimit('openings', OPENINGS);
    this.#openingsOfSource = makeLimit('openings-source', OPENINGS_OF_SOURCE);
  }

  /**
   * Counts an act that others see; throws `rate_limited`. Before anything else is looked up: whether a room is there must not
   * show in what is refused.
   */
  async act(userId: string): Promise<void> {
    refuseFor(await this.messages.take(userId), 'Too much at once.');
  }

  /** Counts a room that is made, besides the message that it is; throws `rate_limited`. */
  room(source: string): Promise<void> {
    return takeAll([[this.#roomsOfSource, source]], 'Too many new rooms come from this address.');
  }

  /** Counts an attempt at a room's password; throws `rate_limited`. */
  guess(userId: string, source: string, roomId: string): Promise<void> {
    const takes: Take[] = [
      [this.#guesses, userId],
      [this.#guessesOfSource, source],
      [this.#guessesAtRoom, roomId],
    ];
    return takeAll(takes, 'Too many passwords tried.');
  }

  /** Counts a list of rooms or people; throws `rate_limited`. */
  list({ userId, source }: Asker): Promise<void> {
    const own: Take[] = userId === undefined ? [] : [[this.#lists, userId]];
    return takeAll([...own, [this.#listsOfSource, source]], 'Too many lists.');
  }

  /** Counts a room that is opened, or a page of its members; throws `rate_limited`. */
  opening(userId: string, source: string): Promise<void> {
    const takes: Take[] = [
      [this.#openings, userId],
      [this.#openingsOfSource, source],
    ];
    return takeAll(takes, 'Too many rooms at once.');
  }
}

/**
 * Takes one of each, in order: what a user is refused here is not counted for those who share their address. Redis, where
 * that counts too, is asked for all at once.
 */
async function takeAll(takes: readonly Take[], problem: string): Promise<void> {
  const asked: Promise<number>[] = [];
  for (const [limit, key] of takes) {
    const wait = limit.take(key);
    if (typeof wait === 'number') refuseFor(wait, problem);
    else asked.push(wait);
  }
  for (const wait of await Promise.all(asked)) refuseFor(wait, problem);
}
