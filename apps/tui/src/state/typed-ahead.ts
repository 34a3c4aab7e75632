/**
 * What is typed before there is a chat to type in, while its person comes back or in by a link and is asked nothing: a host
 * that fell is being replaced, and they go on with what they were writing. It is kept, and done in order once the chat is
 * there (transition.ts).
 */
import type { InputEvent } from '@parley/terminal';
import { intentOf } from './key-table.ts';

export type Typed = Extract<InputEvent, { type: 'text' | 'paste' | 'key' }>;

/** On the welcome screen: what was typed since one is on the way. */
export interface TypedAhead {
  readonly since: number;
  readonly inputs: readonly Typed[];
}

const MAX_INPUTS = 500;
const MAX_CHARACTERS = 16 * 1024;
/** From then on whoever presses Esc means what they see: a search, and “Esc cancel” under it. */
const ESC_MEANS_CHAT_MS = 1500;

/** Clicks are left out: they are for what was on the screen, which is not there. */
const isTyped = (input: InputEvent): input is Typed =>
  input.type === 'text' || input.type === 'paste' || input.type === 'key';

/** What was typed, with one more of it as far as that fits. */
export function withTyped(before: readonly Typed[], input: Typed): readonly Typed[] {
  const left = before.reduce((rest, each) => rest - (each.type === 'key' ? 0 : each.text.length), MAX_CHARACTERS);
  if (before.length >= MAX_INPUTS) return before;
  if (input.type === 'key' || input.text.length <= left) return [...before, input];
  return input.type === 'paste' ? [...before, { ...input, text: input.text.slice(0, left), truncated: true }] : before;
}

/**
 * Whether an input is for the chat that one is on the way to. Esc is in the first moments: it is pressed by someone who
 * still has the chat before them, or in mind, and must not end their coming back. Later it gives the search up.
 */
export function isForChat(ahead: TypedAhead, input: InputEvent, now: number): input is Typed {
  const givesUp = input.type === 'key' && input.chord === 'escape' && now - ahead.since >= ESC_MEANS_CHAT_MS;
  return isTyped(input) && !givesUp;
}

/**
 * What an input is to something typed ahead that waits for its room: it follows it, has nothing to do with it, or leads
 * elsewhere. Then what waits stays where it was meant for, unsent.
 */
export function whileWaiting(input: InputEvent): 'after' | 'beside' | 'elsewhere' {
  if (input.type === 'text' || input.type === 'paste') return 'after';
  if (input.type === 'mouse') return input.action === 'press' ? 'elsewhere' : 'beside';
  if (input.type !== 'key') return 'beside';
  switch (intentOf(input.chord)) {
    case 'send':
    case 'new-line':
    case 'complete':
    case 'complete-back':
    case 'empty':
      return 'after';
    case undefined:
      return input.chord === 'ctrl+c' ? 'beside' : /^alt\+[1-9]$/u.test(input.chord) ? 'elsewhere' : 'after';
    case 'recall-older':
    case 'recall-newer':
    case 'room-before':
    case 'room-after':
    case 'room-unread':
    case 'switch':
    case 'members':
    case 'help':
    case 'back':
      return 'elsewhere';
    default:
      return 'beside';
  }
}
