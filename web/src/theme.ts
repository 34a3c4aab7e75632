/**
 * The terminal's colours where its program sets none; and what is around the terminal. Background and text are those of the
 * client's own themes, so that nothing flashes before the first screen.
 */
import type { ITheme } from '@xterm/xterm';

export type ColorScheme = 'light' | 'dark';

const dark = {
  background: '#14161b',
  foreground: '#d5d9e0',
  cursor: '#7dd3a8',
  cursorAccent: '#14161b',
  selectionBackground: '#3a4a6b',
  black: '#2a2e3c',
  red: '#f2777a',
  green: '#7dd3a8',
  yellow: '#e8c07d',
  blue: '#82aaff',
  magenta: '#c99af0',
  cyan: '#6fc3df',
  white: '#c4c8d4',
  brightBlack: '#737a90',
  brightRed: '#ff9a9c',
  brightGreen: '#a5e8c6',
  brightYellow: '#f7dca6',
  brightBlue: '#a9c4ff',
  brightMagenta: '#dfbdfb',
  brightCyan: '#9addf0',
  brightWhite: '#f4f5f8',
} satisfies ITheme;

const light = {
  background: '#fbfbfa',
  foreground: '#262a33',
  cursor: '#0b6b45',
  cursorAccent: '#fbfbfa',
  selectionBackground: '#bcd0f5',
  black: '#262a33',
  red: '#b3261e',
  green: '#1c6b2c',
  yellow: '#7d5400',
  blue: '#1457b8',
  magenta: '#7d33a8',
  cyan: '#0b6a70',
  white: '#5f6776',
  brightBlack: '#4a5261',
  brightRed: '#a82457',
  brightGreen: '#0d6b4c',
  brightYellow: '#6b6000',
  brightBlue: '#4348b8',
  brightMagenta: '#8a2b7e',
  brightCyan: '#00617a',
  brightWhite: '#0c0e13',
} satisfies ITheme;

export const themes = { light, dark } satisfies Record<ColorScheme, ITheme>;

/** Gives what is around the terminal the background that the program paints, and ink that can be read on it. */
export function applyBackground(color: string): void {
  document.documentElement.style.setProperty('--background', color);
  document.documentElement.dataset['background'] = isLight(color) ? 'light' : 'dark';
  for (const meta of document.querySelectorAll('meta[name=theme-color]')) meta.setAttribute('content', color);
}

function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}
