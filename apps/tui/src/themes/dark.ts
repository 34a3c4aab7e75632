/**
 * The theme: a calm dark one. Each text colour has a contrast of at least 4.5 on its ground (3 for what is meant to be
 * overlooked), and stays readable where a terminal rounds it to 256 or 16 colours: lightness carries the meaning.
 */
import { style } from '@parley/terminal';
import type { Theme } from './theme.ts';

const GROUND = '#14161b';
const SIDE = '#1a1d24';
const RAISED = '#222630';
const CHOSEN = '#31394a';
const TEXT = '#d5d9e0';
const STRONG = '#f2f4f8';
const SOFT = '#a0a8b7';
const FAINT = '#828a9a';
const RULE = '#343a47';
const ACCENT = '#7fb4ff';
const GOOD = '#8fd18a';
const WARN = '#e8c26a';
const BAD = '#ff8a8a';
const MENTION_GROUND = '#2a2519';

const on =
  (bg: `#${string}`) =>
  (fg: `#${string}`, bold = false) =>
    style({ fg, bg, bold });
const ground = on(GROUND);
const side = on(SIDE);
const raised = on(RAISED);
const chosen = on(CHOSEN);

export const dark: Theme = {
  name: 'dark',
  ground: ground(TEXT),
  strong: ground(STRONG, true),
  soft: ground(SOFT),
  faint: ground(FAINT),
  good: ground(GOOD),
  bad: ground(BAD),
  warn: ground(WARN),
  accent: ground(ACCENT),
  link: style({ fg: ACCENT, bg: GROUND, underline: true }),
  mention: style({ fg: '#ffd27a', bg: MENTION_GROUND, bold: true }),
  mentionGround: style({ fg: STRONG, bg: MENTION_GROUND }),
  day: ground(FAINT),
  marker: ground(BAD),
  pending: style({ fg: FAINT, bg: GROUND, italic: true }),
  nicks: [
    '#7fb4ff',
    '#8fd18a',
    '#e8a36a',
    '#d59bf0',
    '#6fd0d6',
    '#f08fb0',
    '#c9c26a',
    '#9aa8ff',
    '#7fd9ae',
    '#e6968c',
  ].map((color) => ground(color as `#${string}`, true)),
  side: side(SOFT),
  sideHeading: side(FAINT, true),
  sideFaint: side(FAINT),
  sideUnread: side(STRONG, true),
  sideActive: chosen(STRONG, true),
  sideActiveMark: chosen(ACCENT, true),
  sideOnline: side(GOOD),
  badge: side(ACCENT, true),
  mentionBadge: side(WARN, true),
  rule: side(RULE),
  header: raised(STRONG, true),
  headerTopic: raised(SOFT),
  composer: raised(STRONG),
  prompt: raised(ACCENT, true),
  placeholder: raised('#8b93a3'),
  status: side(SOFT),
  statusFaint: side(FAINT),
  statusGood: side(GOOD),
  statusWarn: side(WARN, true),
  statusBad: side(BAD, true),
  popup: raised(TEXT),
  popupFrame: raised('#5b6579'),
  popupTitle: raised(STRONG, true),
  popupFaint: raised('#8b93a3'),
  popupKey: raised(ACCENT),
  popupBad: raised(BAD),
  selected: chosen(STRONG, true),
  selectedFaint: chosen('#b3bac8'),
  field: raised(TEXT),
  fieldFocused: chosen(STRONG),
  button: raised(SOFT, true),
  buttonFocused: style({ fg: '#10131a', bg: ACCENT, bold: true }),
  tab: ground(SOFT),
  tabChosen: raised(STRONG, true),
  tabFocused: style({ fg: '#10131a', bg: ACCENT, bold: true }),
};
