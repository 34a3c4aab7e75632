/**
 * The terminal's colours where its program sets none: those of the client's own theme, which is dark, so that nothing
 * flashes before the first screen. On a light system too: a pale frame around a dark screen would be neither.
 */
import type { ITheme } from '@xterm/xterm';

export const theme = {
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

/** Gives what is around the terminal the ground that the program paints, and ink that can be read on it. */
export function wearGround(color: string): void {
  document.documentElement.style.setProperty('--ground', color);
  document.documentElement.dataset['ground'] = isLight(color) ? 'light' : 'dark';
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', color);
}

function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}
