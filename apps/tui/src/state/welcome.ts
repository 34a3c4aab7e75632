/** The welcome screen: the server's address, then who one is. Says what is wrong in words, in place. */
import type { ConnectionState } from '@parley/client';
import {
  countCharacters,
  isName,
  MAX_NICK_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
  normalizeName,
  type You,
} from '@parley/protocol';
import type { InputEvent, KeyInput } from '@parley/terminal';
import { contains, type Size } from '../layout/geometry.ts';
import { fieldsOf, placeWelcome } from '../layout/welcome-layout.ts';
import { readServerAddress } from '../server-addresses.ts';
import { draftOf, editDraft, EMPTY_DRAFT, FIELD_BOX, insertText } from './draft.ts';
import type { Entrance } from './effects.ts';
import type {
  FieldName,
  Keepsake,
  StartOptions,
  TuiState,
  WelcomeFocus,
  WelcomeMode,
  WelcomeProgress,
  WelcomeStage,
} from './state.ts';
import { leave, type Step, step } from './step.ts';
import { isForChat, withTyped } from './typed-ahead.ts';
import { unreachable } from './unreachable.ts';

export const MODES: readonly WelcomeMode[] = ['guest', 'sign-in', 'register'];
const DEFAULT_SERVER = 'http://127.0.0.1:8080';
const READY: WelcomeProgress = { name: 'ready' };

/** The welcome screen as the program starts with it. */
export function startWelcome(options: StartOptions, now: number): Step<WelcomeStage> {
  const asksServer = options.server === undefined;
  const stage: WelcomeStage = {
    name: 'welcome',
    step: asksServer ? 'server' : 'person',
    mode: 'guest',
    fields: {
      server: draftOf(DEFAULT_SERVER),
      nick: draftOf(options.nick ?? ''),
      password: EMPTY_DRAFT,
      repeat: EMPTY_DRAFT,
    },
    focus: asksServer ? 'server' : 'nick',
    selected: asksServer,
    progress: READY,
    server: options.server,
    ahead: undefined,
    before: undefined,
  };
  const onTheWay: WelcomeStage = { ...stage, ahead: { since: now, inputs: [] } };
  if (options.restores) return step(busy(onTheWay, 'Looking for your session …'), { do: 'find-session' });
  if (options.nick !== undefined && options.server !== undefined) return enterDirectly(onTheWay);
  return step(stage);
}

/** The welcome screen after the chat was turned away: who one was is filled in, and nothing written is lost. */
export function welcomeBack(
  server: string,
  nick: string,
  guest: boolean,
  words: string,
  before: Keepsake | undefined,
): WelcomeStage {
  return {
    name: 'welcome',
    step: 'person',
    mode: guest ? 'guest' : 'sign-in',
    fields: { server: draftOf(server), nick: draftOf(nick), password: EMPTY_DRAFT, repeat: EMPTY_DRAFT },
    focus: guest ? 'nick' : 'password',
    selected: false,
    progress: { name: 'failed', words },
    server,
    ahead: undefined,
    before,
  };
}

/** The welcome screen while one signs out; nothing of the chat is kept for whoever comes next. */
export function signingOut(server: string, nick: string, guest: boolean): WelcomeStage {
  return busy(welcomeBack(server, nick, guest, '', undefined), 'Signing out …');
}

export const signedOut = (stage: WelcomeStage, problem: string | undefined): WelcomeStage => ({
  ...stage,
  progress:
    problem === undefined ? { name: 'said', words: 'You have signed out.' } : { name: 'failed', words: problem },
});

export const busy = (stage: WelcomeStage, words: string, direct?: You): WelcomeStage => ({
  ...stage,
  progress: { name: 'busy', words, direct },
});

/** In as a link's guest: the form is only shown when that fails. */
function enterDirectly(stage: WelcomeStage): Step<WelcomeStage> {
  const submitted = submit(stage);
  const { progress, fields } = submitted.stage;
  if (progress.name !== 'busy') return { ...submitted, stage: { ...submitted.stage, ahead: undefined } };
  const you = { id: '', nick: normalizeName(fields.nick.text.trim()), guest: true };
  return { stage: busy(submitted.stage, progress.words, you), effects: submitted.effects };
}

/**
 * Back to the form with words about what went wrong. What was typed on the way is no answer to what that asks; a password to
 * sign in with is typed anew, since nobody sees where in the one of before they are.
 */
export function failed(stage: WelcomeStage, words: string): WelcomeStage {
  const isSignIn = stage.step === 'person' && stage.mode === 'sign-in';
  const focus = stage.step === 'server' ? 'server' : isSignIn ? 'password' : 'nick';
  const fields = isSignIn ? { ...stage.fields, password: EMPTY_DRAFT } : stage.fields;
  return { ...stage, fields, focus, ahead: undefined, progress: { name: 'failed', words } };
}

/** A session of before is not there any more: a link's nick enters at once, else the form waits. */
export function sessionMissing(stage: WelcomeStage, options: StartOptions): Step<WelcomeStage> {
  const ready = { ...stage, progress: READY };
  const entersDirectly = options.nick !== undefined && stage.server !== undefined;
  return entersDirectly ? enterDirectly(ready) : step({ ...ready, ahead: undefined });
}

/** The stage after its connection changed, while it is not online yet. */
export function welcomeConnection(stage: WelcomeStage, connection: ConnectionState): Step<WelcomeStage> {
  switch (connection.name) {
    case 'waiting':
      return step({ ...stage, progress: { name: 'waiting', words: connection.reason, retryAt: connection.retryAt } });
    case 'refused':
      return step(failed(stage, refusalWords(stage.fields.nick.text, connection)));
    case 'connecting':
      return step(stage.progress.name === 'waiting' ? busy(stage, 'Connecting …') : stage);
    case 'idle':
    case 'online':
    case 'closed':
      return step(stage);
    default:
      return unreachable(connection);
  }
}

/** What Tab walks through, in order. */
function focusRing(stage: WelcomeStage): readonly WelcomeFocus[] {
  const fields = fieldsOf(stage);
  return stage.step === 'server' ? [...fields, 'go'] : ['mode', ...fields, 'go'];
}

export function welcomeInput(
  stage: WelcomeStage,
  input: InputEvent,
  { size, options, now }: Pick<TuiState, 'size' | 'options' | 'now'>,
): Step {
  const interrupts = input.type === 'key' && input.chord === 'ctrl+c';
  // In a browser it may be meant to copy: there it steps back as Esc does.
  if (interrupts && !options.hosted) return leave();
  const stepsBack = interrupts || (input.type === 'key' && input.chord === 'escape');
  if (stage.progress.name === 'busy' || stage.progress.name === 'waiting') {
    const { ahead } = stage;
    if (ahead !== undefined && isForChat(ahead, input, now)) {
      return step({ ...stage, ahead: { ...ahead, inputs: withTyped(ahead.inputs, input) } });
    }
    if (!stepsBack) return step(stage);
    return step({ ...stage, ahead: undefined, progress: READY }, { do: 'stop-entering' });
  }
  if (stepsBack) return stepBack(stage, options);
  const ready = stage.progress.name === 'leaving' ? { ...stage, progress: READY } : stage;
  switch (input.type) {
    case 'text':
    case 'paste':
      return step(edited(ready, input.text));
    case 'key':
      return keyPressed(ready, input);
    case 'mouse':
      if (input.action !== 'press' || input.button !== 'left') return step(stage);
      return clicked(ready, input.x, input.y, size);
    case 'focus':
    case 'reply':
      return step(stage);
    default:
      return unreachable(input);
  }
}

/** The field under the cursor, or undefined on the tabs and the button. */
const focusedField = (stage: WelcomeStage): FieldName | undefined =>
  stage.focus === 'mode' || stage.focus === 'go' ? undefined : stage.focus;

function edited(stage: WelcomeStage, text: string): WelcomeStage {
  const field = focusedField(stage);
  if (field === undefined) return text === ' ' && stage.focus === 'mode' ? withMode(stage, 1) : stage;
  const before = field === 'server' && stage.selected ? EMPTY_DRAFT : stage.fields[field];
  const draft = insertText(before, text.replace(/[\r\n]+/gu, ''), FIELD_BOX);
  return { ...stage, fields: { ...stage.fields, [field]: draft }, selected: false, progress: READY };
}

function keyPressed(stage: WelcomeStage, key: KeyInput): Step {
  switch (key.chord) {
    case 'tab':
    case 'down':
      return step(moved(stage, 1));
    case 'shift+tab':
    case 'up':
      return step(moved(stage, -1));
    case 'enter':
      return entered(stage);
    case 'left':
    case 'right':
      if (arrowsChangeMode(stage)) return step(withMode(stage, key.chord === 'left' ? -1 : 1));
      break;
    default:
      break;
  }
  const field = focusedField(stage);
  if (field === undefined) return step(stage);
  const draft = editDraft(stage.fields[field], key, FIELD_BOX);
  if (draft === undefined) return step(stage);
  const progress = draft.text === stage.fields[field].text ? stage.progress : READY;
  return step({ ...stage, fields: { ...stage.fields, [field]: draft }, selected: false, progress });
}

function clicked(stage: WelcomeStage, x: number, y: number, size: Size): Step {
  const place = placeWelcome(size, stage);
  const mode = MODES.find((each) => {
    const rect = place.modes[each];
    return rect !== undefined && contains(rect, x, y);
  });
  if (mode !== undefined) return step(setMode(stage, mode));
  const field = fieldsOf(stage).find((each) => {
    const rect = place.fields[each];
    return rect !== undefined && contains(rect, x, y);
  });
  if (field !== undefined) return step({ ...stage, focus: field, selected: false });
  return contains(place.button, x, y) ? submit(stage) : step(stage);
}

function moved(stage: WelcomeStage, by: 1 | -1): WelcomeStage {
  const ring = focusRing(stage);
  const at = ring.indexOf(stage.focus);
  return { ...stage, focus: ring[(at + by + ring.length) % ring.length] ?? 'go' };
}

/** Whether Left and Right go from one way of coming in to the next: on the tabs, and where there is no nick to move in. */
export const arrowsChangeMode = ({ step: at, focus, fields }: WelcomeStage): boolean =>
  focus === 'mode' || (at === 'person' && focus === 'nick' && fields.nick.text === '');

function withMode(stage: WelcomeStage, by: 1 | -1): WelcomeStage {
  const at = MODES.indexOf(stage.mode);
  return { ...setMode(stage, MODES[(at + by + MODES.length) % MODES.length] ?? 'guest'), focus: stage.focus };
}

const setMode = (stage: WelcomeStage, mode: WelcomeMode): WelcomeStage => ({
  ...stage,
  mode,
  focus: 'nick',
  progress: READY,
});

/** Enter: to the next field that is still empty, else onwards. */
function entered(stage: WelcomeStage): Step {
  if (stage.focus === 'mode') return step({ ...stage, focus: 'nick' });
  if (stage.focus !== 'go') {
    const fields = fieldsOf(stage);
    const following = fields.slice(fields.indexOf(stage.focus) + 1);
    const empty = following.find((each) => stage.fields[each].text === '');
    if (empty !== undefined && stage.fields[stage.focus].text !== '') return step({ ...stage, focus: empty });
  }
  return submit(stage);
}

/** Goes on with what the fields hold, or says what is wrong with it. */
export function submit(stage: WelcomeStage): Step<WelcomeStage> {
  if (stage.step === 'server') {
    const server = readServerAddress(stage.fields.server.text);
    if (server === undefined)
      return step(at(stage, 'server', 'That is no address. It looks like chat.example.org:8080.'));
    return step(busy(stage, `Asking ${server} …`), { do: 'check-server', address: server });
  }
  const nick = normalizeName(stage.fields.nick.text.trim());
  const password = stage.fields.password.text;
  if (nick === '') return step(at(stage, 'nick', 'Choose a nick.'));
  if (!isName(nick)) return step(at(stage, 'nick', 'A nick has letters, digits, “.”, “_” and “-”, and no spaces.'));
  if (countCharacters(nick) > MAX_NICK_CHARACTERS) {
    return step(at(stage, 'nick', `A nick has at most ${MAX_NICK_CHARACTERS} characters.`));
  }
  if (stage.mode !== 'guest' && password === '') return step(at(stage, 'password', 'Type your password.'));
  if (stage.mode === 'register') {
    if (password.length < MIN_PASSWORD_CHARACTERS) {
      return step(at(stage, 'password', `A password has at least ${MIN_PASSWORD_CHARACTERS} characters.`));
    }
    if (stage.fields.repeat.text !== password) {
      // Typed anew, as after a wrong one: nobody sees what stands there.
      const cleared = { ...stage, fields: { ...stage.fields, repeat: EMPTY_DRAFT } };
      return step(at(cleared, 'repeat', 'The two passwords are not the same.'));
    }
  }
  if (stage.server === undefined) return step({ ...stage, step: 'server', focus: 'server' });
  const entrance: Entrance = { as: stage.mode, nick, password: stage.mode === 'guest' ? '' : password };
  return step(busy(stage, `Entering as ${nick} …`), { do: 'enter', server: stage.server, entrance });
}

const at = (stage: WelcomeStage, focus: WelcomeFocus, words: string): WelcomeStage => ({
  ...stage,
  focus,
  progress: { name: 'failed', words },
});

function stepBack(stage: WelcomeStage, options: StartOptions): Step {
  if (stage.step === 'person' && options.server === undefined && !options.hosted) {
    return step({ ...stage, step: 'server', focus: 'server', progress: READY });
  }
  return stage.progress.name === 'leaving' ? leave() : step({ ...stage, progress: { name: 'leaving' } });
}

/** Why one could not come in. With any nick it fits into the three short rows of a small screen. */
export function refusalWords(nick: string, refusal: Extract<ConnectionState, { name: 'refused' }>): string {
  return refusal.code === 'nick_taken'
    ? `${nick} is taken here. Take another, or sign in. A guest’s is soon free again.`
    : refusal.message;
}
