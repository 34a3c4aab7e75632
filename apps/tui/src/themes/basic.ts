/**
 * Themes for terminals of 16 colours, and of none. Text and background are the terminal's own, since nobody knows what its
 * numbers look like; what is chosen, focused or meant for one is told by inverse, underline and bold, which all of them have.
 */
import { type Color, style } from '@parley/terminal';
import { type Palette, themeOf } from './palette.ts';
import type { Theme } from './theme.ts';

/** Colours that mean something; where they are left out, nothing has one. */
type Accents = Pick<Palette<Color>, 'faint' | 'rule' | 'accent' | 'good' | 'warn' | 'bad' | 'mention' | 'nicks'>;

function basicTheme(name: string, accents?: Accents): Theme {
  const palette: Palette<Color | undefined> = {
    background: undefined,
    side: undefined,
    raised: undefined,
    chosen: undefined,
    mentionBackground: undefined,
    text: undefined,
    strong: undefined,
    soft: undefined,
    faint: accents?.faint,
    raisedFaint: accents?.faint,
    chosenFaint: undefined,
    rule: accents?.rule,
    frame: undefined,
    accent: accents?.accent,
    onAccent: undefined,
    good: accents?.good,
    warn: accents?.warn,
    bad: accents?.bad,
    mention: accents?.mention,
    nicks: accents?.nicks ?? [undefined],
  };
  const chosen = style({ inverse: true, bold: true });
  return {
    ...themeOf(name, palette),
    mention: style({ fg: palette.mention, inverse: true, bold: true }),
    mentionBackground: style({ bold: true }),
    // GNU screen takes italic for standout.
    pending: style({ fg: palette.faint }),
    // Bold makes another colour of the first eight on many terminals.
    nicks: palette.nicks.map((fg) => style({ fg, bold: fg === undefined })),
    sideActive: chosen,
    sideActiveMark: chosen,
    mentionBadge: style({ fg: palette.warn, inverse: true, bold: true }),
    header: style({ inverse: true, bold: true }),
    headerTopic: style({ inverse: true }),
    selected: chosen,
    selectedFaint: style({ inverse: true }),
    field: style({ underline: true }),
    fieldFocused: style({ underline: true, bold: true }),
    buttonFocused: chosen,
    tabChosen: style({ underline: true, bold: true }),
    tabFocused: chosen,
  };
}

const DARK: Accents = {
  faint: 7,
  rule: 4,
  accent: 14,
  good: 10,
  warn: 11,
  bad: 9,
  mention: 11,
  nicks: [14, 10, 11, 13, 9, 12],
};

const LIGHT: Accents = {
  faint: 8,
  rule: 7,
  accent: 4,
  good: 2,
  warn: 5,
  bad: 1,
  mention: 5,
  nicks: [4, 2, 5, 1, 6],
};

export const dark16 = (): Theme => basicTheme('dark-16', DARK);
export const light16 = (): Theme => basicTheme('light-16', LIGHT);
/** Whether light or dark is the terminal's business alone. */
export const colorless = (): Theme => basicTheme('colorless');
