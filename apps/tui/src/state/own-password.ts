/**
 * One's own password being changed, in a popup that asks three times: for the one of now, a new one, and that again. The server
 * says whether the first was right.
 */
import { MIN_PASSWORD_CHARACTERS } from '@parley/protocol';
import { EMPTY_DRAFT } from './draft.ts';
import type { ChatStage, OwnPassword } from './state.ts';
import { type Step, step, withToast } from './step.ts';

const WHAT_HAPPENS = 'Where else you are signed in, you will be signed out.';

export function askForOwnPassword(chat: ChatStage, now: number): Step {
  if (!chat.you.guest) return ask(chat, { current: undefined, next: undefined }, WHAT_HAPPENS);
  const words = 'A guest has no password. /logout leads to where you can register.';
  return step(withToast(chat, 'bad', words, now));
}

/** What the field holds was entered, and is not empty. */
export function ownPasswordEntered(chat: ChatStage, { current, next }: OwnPassword, text: string): Step {
  if (current === undefined) return ask(chat, { current: text, next }, WHAT_HAPPENS);
  if (next === undefined) {
    const isShort = text.length < MIN_PASSWORD_CHARACTERS;
    if (isShort) return ask(chat, { current, next }, `A password has at least ${MIN_PASSWORD_CHARACTERS} characters.`);
    return ask(chat, { current, next: text }, WHAT_HAPPENS);
  }
  if (text !== next) return ask(chat, { current, next: undefined }, 'The two passwords are not the same.');
  return step({ ...chat, popup: undefined }, { do: 'change-password', current, next });
}

const ask = (chat: ChatStage, of: OwnPassword, words: string): Step =>
  step({ ...chat, popup: { name: 'password', of, field: EMPTY_DRAFT, words } });
