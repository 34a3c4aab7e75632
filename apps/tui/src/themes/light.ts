/** A light theme, for the day: paper rather than white, and ink of the dark theme's hues. */
import { numberedTheme, type Palette, theme256, themeOf } from './palette.ts';
import type { Theme } from './theme.ts';

const palette: Palette = {
  background: '#fbfbfa',
  side: '#f1f2f5',
  raised: '#e7eaef',
  chosen: '#cdd8ea',
  mentionBackground: '#fdf1cf',
  text: '#262a33',
  strong: '#0c0e13',
  soft: '#4a5261',
  faint: '#5f6776',
  raisedFaint: '#5a6271',
  chosenFaint: '#3d4554',
  rule: '#c6cbd5',
  frame: '#838da0',
  accent: '#1457b8',
  onAccent: '#ffffff',
  good: '#1c6b2c',
  warn: '#7d5400',
  bad: '#b3261e',
  mention: '#7a4b00',
  nicks: ['#1457b8', '#1c6b2c', '#97480b', '#7d33a8', '#0b6a70', '#a82457', '#6b6000', '#4348b8', '#0d6b4c', '#a33a2c'],
};

export const light = themeOf('light', palette);
/** The same for a terminal that is taught its colours. */
export const numberedLight = numberedTheme('light', palette);
/** The same in 256 colours. */
export const light256 = (): Theme =>
  theme256('light', palette, { background: 231, side: 255, raised: 254, chosen: 189, mentionBackground: 230 });
