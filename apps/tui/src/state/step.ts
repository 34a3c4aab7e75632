/** The outcome of a transition of one stage: the next stage, and what is to be done. */
import type { Effect } from './effects.ts';
import type { ChatStage, Stage, Toast, Tone } from './state.ts';

export interface Step<Next extends Stage = Stage> {
  readonly stage: Next;
  readonly effects: readonly Effect[];
}

export const step = <Next extends Stage>(stage: Next, ...effects: readonly Effect[]): Step<Next> => ({
  stage,
  effects,
});

/** The program is over: the runtime restores the terminal. */
export const leave = (): Step => step({ name: 'left' }, { do: 'exit' });

const TOAST_MS = 6000;
const LONG_TOAST_MS = 12_000;

/** Words that stand above the composer for a while. */
const toast = (words: string, tone: Tone, now: number): Toast => ({
  words,
  tone,
  until: now + (words.length > 60 ? LONG_TOAST_MS : TOAST_MS),
});

export const withToast = (chat: ChatStage, words: string, tone: Tone, now: number): ChatStage => ({
  ...chat,
  toast: toast(words, tone, now),
});
