/** Paints the welcome screen. Pure: the places come from the layout, the words from the stage. */
import { MIN_PASSWORD_CHARACTERS } from '@parley/protocol';
import { run, truncate, type Canvas, type Style, StyledRow } from '@parley/terminal';
import type { Rect, Size } from '../layout/geometry.ts';
import { wrapWords } from '../layout/wrap-words.ts';
import { buttonLabel, FIELD_LABELS, fieldsOf, MODE_LABELS, placeWelcome } from '../layout/welcome-layout.ts';
import type { FieldName, StartOptions, WelcomeMode, WelcomeStage } from '../state/state.ts';
import { arrowsChangeMode, MODES } from '../state/welcome.ts';
import type { Theme } from '../themes/theme.ts';
import { unreachable } from '../state/unreachable.ts';
import { secondsUntil } from './clock-words.ts';
import { fieldView } from './field-view.ts';

export interface WelcomeViewContext {
  readonly theme: Theme;
  readonly size: Size;
  readonly options: StartOptions;
  readonly now: number;
}

const TAGLINES: Readonly<Record<WelcomeStage['step'], string>> = {
  server: 'Chat in a terminal. Which server?',
  person: 'Chat in a terminal. Who are you?',
};

const ABOUT_MODES: Readonly<Record<WelcomeMode, string>> = {
  guest: 'A guest needs no password; the nick is free again when you leave.',
  'sign-in': '',
  register: `The nick stays yours. A password has at least ${MIN_PASSWORD_CHARACTERS} characters.`,
};

export function paintWelcome(canvas: Canvas, stage: WelcomeStage, context: WelcomeViewContext): void {
  const { theme, size, options } = context;
  const places = placeWelcome(size, stage);
  canvas.fill(theme.background);
  canvas.row(
    places.brand.y,
    new StyledRow([run('▌', theme.accent), run('parley', theme.strong)], theme.background),
    places.brand.x,
  );
  if (places.tagline !== undefined) write(canvas, places.tagline, TAGLINES[stage.step], theme.soft);
  const isBusy = stage.progress.name === 'busy' || stage.progress.name === 'waiting';
  for (const mode of MODES) {
    const place = places.modes[mode];
    if (place === undefined) continue;
    const isFocused = stage.focus === 'mode' && !isBusy;
    const style = mode !== stage.mode ? theme.tab : isFocused ? theme.tabFocused : theme.tabChosen;
    write(canvas, place, `  ${MODE_LABELS[mode]}  `, style);
  }
  for (const field of fieldsOf(stage)) {
    const label = places.labels[field];
    const place = places.fields[field];
    if (label === undefined || place === undefined) continue;
    const isFocused = stage.focus === field && !isBusy;
    write(canvas, label, FIELD_LABELS[field], isFocused ? theme.strong : theme.soft);
    paintField(canvas, place, stage, field, isFocused ? theme.fieldFocused : theme.field, isFocused);
  }
  const { button } = places;
  const style = stage.focus === 'go' && !isBusy ? theme.buttonFocused : theme.button;
  write(canvas, button, `   ${buttonLabel(stage)}   `, style);
  const { words, hint } = places;
  const [said, saidIn] = wordsUnder(stage, context);
  // What went wrong has the row of the hint, too, where it needs that.
  const takesHint = stage.progress.name === 'failed' && wrapWords(said, words.width).length > words.height;
  const rows = words.height + (takesHint ? (hint?.height ?? 0) : 0);
  paintLines(canvas, { ...words, height: rows }, said, saidIn);
  if (hint !== undefined && !takesHint) {
    write(canvas, hint, isBusy ? 'Esc cancel' : hintWords(stage, options), theme.faint);
  }
}

function hintWords(stage: WelcomeStage, { server, hosted }: StartOptions): string {
  const leave = hosted ? 'Esc Esc leave' : 'Ctrl+C leave';
  const back = stage.step === 'person' && server === undefined ? 'Esc another server' : leave;
  if (arrowsChangeMode(stage)) return '←/→ another way in · Enter go on';
  // A nick that is taken may be one's own.
  if (stage.mode === 'guest' && stage.progress.name === 'failed') return '↑ → Sign in · Enter go on';
  return `Tab next · Enter go on · ${back}`;
}

function paintField(
  canvas: Canvas,
  place: Rect,
  stage: WelcomeStage,
  field: FieldName,
  style: Style,
  hasCursor: boolean,
): void {
  const masked = field === 'password' || field === 'repeat';
  const shown = fieldView(stage.fields[field], place.width - 2, masked);
  canvas.fill(style, place);
  const isSelected = field === 'server' && stage.selected && hasCursor;
  canvas.write(place.x + 1, place.y, shown.text, isSelected ? style.with({ inverse: true }) : style, place.width - 2);
  if (hasCursor) canvas.setCursor(place.x + 1 + shown.cursor, place.y);
}

/** What is said under the form, and how. */
function wordsUnder(stage: WelcomeStage, { theme, now }: WelcomeViewContext): readonly [string, Style] {
  const { progress } = stage;
  switch (progress.name) {
    case 'ready':
      return [stage.step === 'person' ? ABOUT_MODES[stage.mode] : '', theme.faint];
    case 'busy':
      return [progress.words, theme.soft];
    case 'waiting':
      return [`${progress.words} Trying again in ${secondsUntil(progress.retryAt, now)} s.`, theme.warn];
    case 'said':
      return [progress.words, theme.good];
    case 'failed':
      return [progress.words, theme.bad];
    case 'leaving':
      return ['Esc once more to leave.', theme.soft];
    default:
      return unreachable(progress);
  }
}

function paintLines(canvas: Canvas, place: Rect, words: string, style: Style): void {
  const lines = wrapWords(words, place.width);
  lines.slice(0, place.height).forEach((line, index) => {
    const isCut = index === place.height - 1 && lines.length > place.height;
    canvas.write(place.x, place.y + index, isCut ? truncate(`${line} …`, place.width) : line, style, place.width);
  });
}

function write(canvas: Canvas, place: Rect, text: string, style: Style): void {
  canvas.write(place.x, place.y, truncate(text, place.width), style, place.width);
}
