/** Whole lines instead of keys, for the plain mode: an answer to what is asked, a message, a command. */
import { isQuit } from '../commands/parse-entry.ts';
import type { ActionOf } from './actions.ts';
import { entered } from './composer.ts';
import { draftOf, EMPTY_DRAFT } from './draft.ts';
import { passwordEntered } from './popup-input.ts';
import { currentDraft, withDraft } from './room-drafts.ts';
import type { ChatStage, FieldName, WelcomeMode, WelcomeStage } from './state.ts';
import { leave, type Step, step, withToast } from './step.ts';
import { submit } from './welcome.ts';

/** Which field of the welcome screen the next line is for. */
export function askedField(stage: WelcomeStage): FieldName {
  if (stage.step === 'server') return 'server';
  if (stage.mode === 'guest' || stage.focus === 'mode' || stage.focus === 'go') return 'nick';
  return stage.focus;
}

const MODES: Readonly<Record<string, WelcomeMode>> = {
  '/guest': 'guest',
  '/signin': 'sign-in',
  '/register': 'register',
};

export function welcomeLine(stage: WelcomeStage, line: string): Step {
  const field = askedField(stage);
  const isSecret = field === 'password' || field === 'repeat';
  if (!isSecret && isQuit(line.trim())) return leave();
  const [first = '', second = ''] = isSecret ? [] : line.trim().split(/\s+/u);
  const mode = MODES[first.toLowerCase()];
  if (mode !== undefined && stage.step === 'person') {
    const chosen: WelcomeStage = { ...stage, mode, focus: 'nick', progress: { name: 'ready' } };
    return second === '' ? step(chosen) : welcomeLine(chosen, second);
  }
  if (isSecret && line === '') return step({ ...stage, focus: 'nick', progress: { name: 'ready' } });
  const text = isSecret ? line : line.trim();
  // Nothing typed keeps what is suggested.
  const value = text === '' && !isSecret ? stage.fields[field] : draftOf(text);
  const next: WelcomeStage = { ...stage, fields: { ...stage.fields, [field]: value }, progress: { name: 'ready' } };
  if (field === 'nick' && stage.mode !== 'guest') return step({ ...next, focus: 'password' });
  if (field === 'password' && stage.mode === 'register') return step({ ...next, focus: 'repeat' });
  return submit(next);
}

/** What can't be sent is said, and not kept: the next line is another one. */
export function chatLine(before: ChatStage, { text: line, isPiped }: ActionOf<'line'>, now: number): Step {
  const { popup } = before;
  if (popup?.name === 'password') {
    if (line === '') return step({ ...before, popup: undefined });
    return passwordEntered(before, { ...popup, field: draftOf(line) });
  }
  const chat: ChatStage = { ...before, popup: undefined, completion: undefined, escaped: false };
  const next = withoutTheme(entered(withDraft(chat, draftOf(line)), now, isPiped === true ? 'pipe' : 'line'), now);
  if (next.stage.name !== 'chat' || currentDraft(next.stage).text === '') return next;
  return step(withDraft(next.stage, EMPTY_DRAFT), ...next.effects);
}

/** Lines have the terminal's colours, whatever is asked for. */
function withoutTheme(from: Step, now: number): Step {
  const { stage, effects } = from;
  if (stage.name !== 'chat' || !effects.some((effect) => effect.do === 'set-theme')) return from;
  const others = effects.filter((effect) => effect.do !== 'set-theme');
  return step(withToast(stage, 'plain', 'Lines have the terminal’s colours.', now), ...others);
}
