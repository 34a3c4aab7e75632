/** A theme from its colours: which of them stands where is the same for all themes. */
import { type Color, style } from '@parley/terminal';
import { nearestOf256 } from './color-depth.ts';
import type { Theme } from './theme.ts';

/**
 * Backgrounds, text from strong to faint, and colours that mean something. Each text has a contrast of at least 4.5 on its
 * background (3 for what is meant to be overlooked), and stays readable where it is rounded to 256 colours: lightness carries
 * the meaning. Undefined is the terminal's own colour.
 */
export interface Palette<Of extends Color | undefined = `#${string}`> {
  readonly background: Of;
  readonly side: Of;
  readonly raised: Of;
  readonly chosen: Of;
  readonly mentionBackground: Of;
  readonly text: Of;
  readonly strong: Of;
  readonly soft: Of;
  readonly faint: Of;
  /** As faint as can be read on what is raised, and on what is chosen. */
  readonly raisedFaint: Of;
  readonly chosenFaint: Of;
  readonly rule: Of;
  readonly frame: Of;
  readonly accent: Of;
  /** Text on the accent. */
  readonly onAccent: Of;
  readonly good: Of;
  readonly warn: Of;
  readonly bad: Of;
  readonly mention: Of;
  readonly nicks: readonly Of[];
}

const on =
  (bg: Color | undefined) =>
  (fg: Color | undefined, bold = false) =>
    style({ fg, bg, bold });

/**
 * A theme whose styles name their colours by number. Written `#rrggbb`, colours are a third of what a lively room sends; the
 * numbers mean something else on most terminals, so this one is for those that are taught what `colors` says.
 */
export function numberedTheme(name: string, palette: Palette): Theme {
  const colors = [...new Set(Object.values(palette).flat())];
  return {
    ...themeOf(
      name,
      mapped(palette, (color) => colors.indexOf(color)),
    ),
    colors,
    lineBlank: '\u00a0',
  };
}

/** Of the 256 colours that most terminals have, those that stand for backgrounds: the nearest ones are not told apart. */
type Backgrounds256 = Pick<Palette<number>, 'background' | 'side' | 'raised' | 'chosen' | 'mentionBackground'>;

/** The theme in these 256 colours: the nearest ones, for all that stands on a background. */
export const theme256 = (name: string, palette: Palette, backgrounds: Backgrounds256): Theme =>
  themeOf(`${name}-256`, { ...mapped(palette, nearestOf256), ...backgrounds });

function mapped(palette: Palette, colorOf: (color: string) => number): Palette<Color> {
  const entries = Object.entries(palette).map(([use, color]: [string, string | readonly string[]]) => [
    use,
    typeof color === 'string' ? colorOf(color) : color.map(colorOf),
  ]);
  return Object.fromEntries(entries);
}

export function themeOf(name: string, palette: Palette<Color | undefined>): Theme {
  const { text, strong, soft, faint, raisedFaint, accent, good, warn, bad, rule } = palette;
  const background = on(palette.background);
  const side = on(palette.side);
  const raised = on(palette.raised);
  const chosen = on(palette.chosen);
  const focused = style({ fg: palette.onAccent, bg: accent, bold: true });
  return {
    name,
    colors: undefined,
    lineBlank: ' ',
    background: background(text),
    strong: background(strong, true),
    soft: background(soft),
    faint: background(faint),
    good: background(good),
    bad: background(bad),
    warn: background(warn),
    accent: background(accent),
    link: style({ fg: accent, bg: palette.background, underline: true }),
    mention: style({ fg: palette.mention, bg: palette.mentionBackground, bold: true }),
    mentionBackground: style({ fg: strong, bg: palette.mentionBackground }),
    day: background(faint),
    marker: background(bad),
    pending: style({ fg: faint, bg: palette.background, italic: true }),
    nicks: palette.nicks.map((color) => background(color, true)),
    side: side(soft),
    sideHeading: side(faint, true),
    sideFaint: side(faint),
    sideUnread: side(strong, true),
    sideActive: chosen(strong, true),
    sideActiveMark: chosen(accent, true),
    sideOnline: side(good),
    badge: side(accent, true),
    mentionBadge: side(warn, true),
    rule: side(rule),
    header: raised(strong, true),
    headerTopic: raised(soft),
    composer: raised(strong),
    prompt: raised(accent, true),
    placeholder: raised(raisedFaint),
    status: side(soft),
    statusFaint: side(faint),
    statusGood: side(good),
    statusWarn: side(warn, true),
    statusBad: side(bad, true),
    popup: raised(text),
    popupFrame: raised(palette.frame),
    popupTitle: raised(strong, true),
    popupFaint: raised(raisedFaint),
    popupKey: raised(accent),
    popupBad: raised(bad),
    selected: chosen(strong, true),
    selectedFaint: chosen(palette.chosenFaint),
    field: raised(text),
    fieldFocused: chosen(strong),
    button: raised(soft, true),
    buttonFocused: focused,
    tab: background(soft),
    tabChosen: raised(strong, true),
    tabFocused: focused,
  };
}
