/** The outcome of a transition of one stage: the next stage, and what is to be done. */
import type { Effect } from './effects.ts';
import type { ChatStage, Stage, Tone } from './state.ts';

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
export const withToast = (chat: ChatStage, tone: Tone, words: string, now: number): ChatStage => ({
  ...chat,
  toast: { words, tone, until: now + (words.length > 60 ? LONG_TOAST_MS : TOAST_MS) },
});
