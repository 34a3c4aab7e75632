/** A theme from its colours: which of them stands where is the same for all themes. */
import { style } from '@parley/terminal';
import type { Theme } from './theme.ts';

type Color = `#${string}`;

/**
 * Grounds, text from strong to faint, and colours that mean something. Each text has a contrast of at least 4.5 on its
 * ground (3 for what is meant to be overlooked), and stays readable where a terminal rounds it to 256 or 16 colours:
 * lightness carries the meaning.
 */
export interface Palette {
  readonly ground: Color;
  readonly side: Color;
  readonly raised: Color;
  readonly chosen: Color;
  readonly mentionGround: Color;
  readonly text: Color;
  readonly strong: Color;
  readonly soft: Color;
  readonly faint: Color;
  /** As faint as can be read on what is raised, and on what is chosen. */
  readonly raisedFaint: Color;
  readonly chosenFaint: Color;
  readonly rule: Color;
  readonly frame: Color;
  readonly accent: Color;
  /** Text on the accent. */
  readonly onAccent: Color;
  readonly good: Color;
  readonly warn: Color;
  readonly bad: Color;
  readonly mention: Color;
  readonly nicks: readonly Color[];
}

const on =
  (bg: Color) =>
  (fg: Color, bold = false) =>
    style({ fg, bg, bold });

export function themeOf(name: string, palette: Palette): Theme {
  const { text, strong, soft, faint, raisedFaint, accent, good, warn, bad, rule } = palette;
  const ground = on(palette.ground);
  const side = on(palette.side);
  const raised = on(palette.raised);
  const chosen = on(palette.chosen);
  const focused = style({ fg: palette.onAccent, bg: accent, bold: true });
  return {
    name,
    ground: ground(text),
    strong: ground(strong, true),
    soft: ground(soft),
    faint: ground(faint),
    good: ground(good),
    bad: ground(bad),
    warn: ground(warn),
    accent: ground(accent),
    link: style({ fg: accent, bg: palette.ground, underline: true }),
    mention: style({ fg: palette.mention, bg: palette.mentionGround, bold: true }),
    mentionGround: style({ fg: strong, bg: palette.mentionGround }),
    day: ground(faint),
    marker: ground(bad),
    pending: style({ fg: faint, bg: palette.ground, italic: true }),
    nicks: palette.nicks.map((color) => ground(color, true)),
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
    tab: ground(soft),
    tabChosen: raised(strong, true),
    tabFocused: focused,
  };
}
