/**
 * Runs the effects that are requests to the server on a connected client, and answers with actions: rooms, messages,
 * lists. How the client came to be is effect-runner's.
 */
import type { ChatClient } from '@parley/client';
import { ChatError, type ErrorCode, type Member } from '@parley/protocol';
import type { Action } from '../state/actions.ts';
import type { Effect } from '../state/effects.ts';
import { memberListRows, roomListRows } from '../state/list-rows.ts';
import type { Tone } from '../state/state.ts';
import { listTotal, sortMembers } from '../state/open-room.ts';
import { unreachable } from '../state/unreachable.ts';
import { wordsOf } from './failure-words.ts';

/** Effects of the screen, and of coming in: not for the server. */
type OtherEffect = Extract<
  Effect,
  | { do: 'scroll' | 'repaint' | 'set-theme' | 'notify' | 'suspend' | 'exit' }
  | { do: 'find-session' | 'check-server' | 'enter' | 'stop-entering' | 'sign-out' | 'rename' | 'change-password' }
>;
export type RequestEffect = Exclude<Effect, OtherEffect>;

/** Events in a page of scroll-back. */
const PAGE_EVENTS = 100;
/** Pages of members, 200 each, that a list of them asks for. */
const MAX_MEMBER_PAGES = 10;
/** Of them stay with the room: as many as its opening brings. */
const MAX_MEMBERS_KEPT = 200;

export class ServerRequests {
  readonly #push: (action: Action) => void;
  readonly #now: () => number;
  readonly #idle: () => void;
  #waiting = 0;

  /** `idle` is called whenever the last answer has come. */
  constructor(push: (action: Action) => void, now: () => number, idle: () => void) {
    this.#push = push;
    this.#now = now;
    this.#idle = idle;
  }

  /** Whether an answer is still to come. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  run(chat: ChatClient, effect: RequestEffect): void {
    switch (effect.do) {
      case 'reconnect':
        chat.retryNow();
        break;
      case 'open-room': {
        const { room, password } = effect;
        this.#answer(chat.join(room, password === undefined ? {} : { password }), undefined, this.#refusal(room));
        break;
      }
      case 'close-room':
        // A room that the server goes on sending is only not listened to.
        this.#answer(chat.closeRoom(effect.room), undefined, () => {});
        break;
      case 'leave-room':
        this.#answer(chat.leave(effect.room), () => this.#note('plain', `You left ${effect.room}.`));
        break;
      case 'create-room': {
        const { room, kind, password, title, place } = effect;
        const optional = {
          ...(password === undefined ? {} : { password }),
          ...(title === undefined ? {} : { title }),
        };
        const made = chat.request('room.create', { room, kind, ...optional });
        this.#answer(
          made,
          (joined) => this.#push({ type: 'room.show', room: joined.room.room, place }),
          place === undefined ? undefined : this.#refusal(place),
        );
        break;
      }
      case 'open-direct': {
        const { nick, text, place } = effect;
        const opened = chat.request('direct.open', { nick });
        const show = (room: string): void => {
          this.#push({ type: 'room.show', room, place });
          if (text !== undefined) this.#send(chat, room, text);
        };
        this.#answer(opened, (joined) => show(joined.room.room), this.#refusal(place));
        break;
      }
      case 'invite': {
        const { room, nick } = effect;
        this.#answer(chat.request('room.invite', { room, nick }), () =>
          this.#note('good', `${nick} may come in now: /join ${room}`, true),
        );
        break;
      }
      case 'set-topic':
        this.#answer(chat.request('room.topic', { room: effect.room, topic: effect.topic }));
        break;
      case 'list':
        this.#list(chat, effect.of);
        break;
      case 'list-members':
        this.#listMembers(chat, effect.room, effect.quietly);
        break;
      case 'measure-ping': {
        const start = performance.now();
        this.#answer(chat.request('ping', {}), () =>
          this.#note('good', `The server answered in ${(performance.now() - start).toFixed(1)} ms.`, true),
        );
        break;
      }
      case 'send':
        this.#send(chat, effect.room, effect.text);
        break;
      case 'retry':
        for (const cid of effect.cids) chat.retry(cid);
        break;
      case 'discard':
        for (const cid of effect.cids) chat.discard(cid);
        break;
      case 'edit-message': {
        const { room, seq, text } = effect;
        this.#answer(chat.request('message.edit', { room, seq, text }));
        break;
      }
      case 'delete-message':
        this.#answer(chat.request('message.delete', { room: effect.room, seq: effect.seq }));
        break;
      case 'page-older': {
        const { room, before } = effect;
        this.#answer(
          chat.history(room, { before, limit: PAGE_EVENTS }),
          ({ events, more }) => this.#push({ type: 'paged', room, before, events, more }),
          (words) => this.#push({ type: 'page.failed', room, words }),
        );
        break;
      }
      case 'page-on': {
        const { room, after } = effect;
        this.#answer(
          chat.history(room, { after, limit: PAGE_EVENTS }),
          ({ events }) => this.#push({ type: 'paged.on', room, after, events }),
          (words) => this.#push({ type: 'page.failed', room, words }),
        );
        break;
      }
      case 'mark-read':
        chat.markRead(effect.room, effect.seq);
        break;
      case 'say-typing':
        chat.typing(effect.room);
        break;
      default:
        unreachable(effect);
    }
  }

  #list(chat: ChatClient, of: 'rooms' | 'users'): void {
    const push = this.#push;
    const failed = (words: string): void => push({ type: 'list.failed', of, words });
    if (of === 'rooms') {
      this.#answer(
        chat.request('room.list', {}),
        ({ rooms }) => push({ type: 'listed', of, rows: roomListRows(rooms, chat.rooms), total: rooms.length }),
        failed,
      );
    } else {
      this.#answer(
        chat.request('user.list', {}),
        ({ users, total }) => push({ type: 'listed', of, rows: memberListRows(users, chat.you?.id ?? ''), total }),
        failed,
      );
    }
  }

  #listMembers(chat: ChatClient, room: string, quietly: boolean): void {
    const push = this.#push;
    this.#answer(
      allMembers(chat, room, quietly ? 1 : MAX_MEMBER_PAGES),
      ({ members, total }) => {
        push({ type: 'members', room, members: sortMembers(members).slice(0, MAX_MEMBERS_KEPT), total });
        const rows = memberListRows(members, chat.you?.id ?? '');
        if (!quietly) push({ type: 'listed', of: 'members', rows, total: listTotal(rows, members, total) });
      },
      (words) => {
        if (!quietly) push({ type: 'list.failed', of: 'members', words });
      },
    );
  }

  #send(chat: ChatClient, room: string, text: string): void {
    try {
      chat.send(room, text);
    } catch (error) {
      this.#note('bad', wordsOf(error));
    }
  }

  /** Waits for an answer; what it fails with is said in words unless it is handled. */
  #answer<Value>(
    answer: Promise<Value>,
    done: (value: Value) => void = () => {},
    failed: (words: string, code: ErrorCode) => void = (words) => this.#note('bad', words),
  ): void {
    this.#waiting++;
    void (async () => {
      let act: () => void;
      try {
        const value = await answer;
        act = () => done(value);
      } catch (error) {
        act = () => failed(wordsOf(error), error instanceof ChatError ? error.code : 'unavailable');
      }
      this.#waiting--;
      act();
      if (!this.isWaiting) this.#idle();
    })();
  }

  /** The room can't be shown; one goes back to where one was. */
  #refusal(room: string): (words: string, code: ErrorCode) => void {
    return (words, code) => this.#push({ type: 'room.refused', room, code, words });
  }

  #note(tone: Tone, words: string, keep = false): void {
    this.#push({ type: 'noted', tone, words, keep, now: this.#now() });
  }
}

/** The members of a room, page by page. */
async function allMembers(
  chat: ChatClient,
  room: string,
  pages: number,
): Promise<{ members: Member[]; total: number }> {
  const members: Member[] = [];
  let total = 0;
  for (let page = 0; page < pages; page++) {
    const after = members.at(-1)?.id;
    const answer = await chat.request('room.members', { room, ...(after === undefined ? {} : { after }) });
    members.push(...answer.members);
    ({ total } = answer);
    if (!answer.more || answer.members.length === 0) break;
  }
  return { members, total };
}
