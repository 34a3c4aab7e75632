/** A calm dark theme. */
import { numberedTheme, type Palette, theme256, themeOf } from './palette.ts';
import type { Theme } from './theme.ts';

const palette: Palette = {
  background: '#14161b',
  side: '#1a1d24',
  raised: '#222630',
  chosen: '#31394a',
  mentionBackground: '#2a2519',
  text: '#d5d9e0',
  strong: '#f2f4f8',
  soft: '#a0a8b7',
  faint: '#828a9a',
  raisedFaint: '#8b93a3',
  chosenFaint: '#b3bac8',
  rule: '#343a47',
  frame: '#5b6579',
  accent: '#7fb4ff',
  onAccent: '#10131a',
  good: '#8fd18a',
  warn: '#e8c26a',
  bad: '#ff8a8a',
  mention: '#ffd27a',
  nicks: ['#7fb4ff', '#8fd18a', '#e8a36a', '#d59bf0', '#6fd0d6', '#f08fb0', '#c9c26a', '#9aa8ff', '#7fd9ae', '#e6968c'],
};

export const dark = themeOf('dark', palette);
/** The same for a terminal that is taught its colours. */
export const numberedDark = numberedTheme('dark', palette);
/** The same in 256 colours. */
export const dark256 = (): Theme =>
  theme256('dark', palette, { background: 233, side: 234, raised: 235, chosen: 238, mentionBackground: 236 });
