/** Where the parts of the welcome screen stand at a size: painted there, and clicked there. */
import type { FieldName, WelcomeMode, WelcomeStage } from '../state/state.ts';
import { clamp, type Rect, type Size } from './geometry.ts';

export interface WelcomePlaces {
  /** The column in the middle of the screen that everything stands in. */
  readonly card: Rect;
  readonly brand: Rect;
  readonly tagline: Rect | undefined;
  readonly modes: Readonly<Partial<Record<WelcomeMode, Rect>>>;
  readonly labels: Readonly<Partial<Record<FieldName, Rect>>>;
  readonly fields: Readonly<Partial<Record<FieldName, Rect>>>;
  readonly button: Rect;
  /** Two rows for words about what is wrong or under way. */
  readonly words: Rect;
  readonly hint: Rect | undefined;
}

export const MODE_LABELS: Readonly<Record<WelcomeMode, string>> = {
  guest: 'Guest',
  'sign-in': 'Sign in',
  register: 'Register',
};
export const FIELD_LABELS: Readonly<Record<FieldName, string>> = {
  server: 'Server',
  nick: 'Nick',
  password: 'Password',
  repeat: 'Repeat',
};
const CARD_COLS = 48;
const LABEL_COLS = 10;

/** The fields that the form has now, from the top. */
export function fieldsOf(stage: Pick<WelcomeStage, 'step' | 'mode'>): readonly FieldName[] {
  if (stage.step === 'server') return ['server'];
  if (stage.mode === 'guest') return ['nick'];
  return stage.mode === 'sign-in' ? ['nick', 'password'] : ['nick', 'password', 'repeat'];
}

export function buttonLabel(stage: Pick<WelcomeStage, 'step' | 'mode'>): string {
  if (stage.step === 'server') return 'Continue';
  return { guest: 'Enter', 'sign-in': 'Sign in', register: 'Register' }[stage.mode];
}

export function placeWelcome(size: Size, stage: Pick<WelcomeStage, 'step' | 'mode'>): WelcomePlaces {
  const fields = fieldsOf(stage);
  const modeRows = stage.step === 'person' ? 1 : 0;
  // Brand, tabs, fields, button, words; then the space between them as far as there is any.
  const needed = 1 + modeRows + fields.length + 1 + 2;
  const spare = size.rows - needed;
  const tagline = spare >= 1 ? 1 : 0;
  const hint = spare >= 2 ? 1 : 0;
  const gaps = 3 + modeRows;
  const gap = spare - tagline - hint >= gaps ? 1 : 0;
  const between = gap === 1 && spare - tagline - hint - gaps >= fields.length - 1 + 2 ? 1 : 0;
  const height = needed + tagline + hint + gap * gaps + between * (fields.length - 1);
  const width = Math.max(1, Math.min(CARD_COLS, size.cols - 2));
  const x = Math.max(0, Math.floor((size.cols - width) / 2));
  let y = Math.max(0, Math.floor((size.rows - height) / 2));
  const card: Rect = { x, y, width, height };
  const take = (rows: number): Rect => {
    const rect = { x, y, width, height: rows };
    y += rows;
    return rect;
  };
  const brand = take(1);
  const taglineRect = tagline === 1 ? take(1) : undefined;
  y += gap;
  const modes: Partial<Record<WelcomeMode, Rect>> = {};
  if (modeRows === 1) {
    const row = take(1);
    let left = row.x;
    for (const mode of ['guest', 'sign-in', 'register'] as const) {
      const cols = MODE_LABELS[mode].length + 4;
      modes[mode] = { x: left, y: row.y, width: cols, height: 1 };
      left += cols + 1;
    }
    y += gap;
  }
  const labels: Partial<Record<FieldName, Rect>> = {};
  const inputs: Partial<Record<FieldName, Rect>> = {};
  const label = clamp(LABEL_COLS, 0, Math.max(0, width - 8));
  fields.forEach((field, index) => {
    if (index > 0) y += between;
    const row = take(1);
    labels[field] = { ...row, width: label };
    inputs[field] = { ...row, x: row.x + label, width: width - label };
  });
  y += gap;
  const buttonRow = take(1);
  const button = {
    ...buttonRow,
    x: buttonRow.x + label,
    width: Math.min(width - label, buttonLabel(stage).length + 6),
  };
  y += gap;
  const words = take(2);
  return {
    card,
    brand,
    tagline: taglineRect,
    modes,
    labels,
    fields: inputs,
    button,
    words,
    hint: hint === 1 ? take(1) : undefined,
  };
}
