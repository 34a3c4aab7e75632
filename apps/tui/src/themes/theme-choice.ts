/**
 * Which theme is shown: the one that is wished for, else the one that suits the background of the terminal, which is taken for
 * dark until it tells. A browser's page has the wishes itself: here it is a terminal like any other.
 */
import { THEME_WISHES, type ThemeWish } from '@parley/protocol';
import { type ColorScheme, type InputEvent, readBackground } from '@parley/terminal';
import { dark, numberedDark } from './dark.ts';
import { light, numberedLight } from './light.ts';
import type { Theme } from './theme.ts';

/** The wish that a word stands for; undefined when it is none. */
export const readThemeWish = (word: string | undefined): ThemeWish | undefined =>
  THEME_WISHES.find((wish) => wish === word?.toLowerCase());

export class ThemeChoice {
  wish: ThemeWish;
  #background: ColorScheme;
  readonly #themes: Readonly<Record<ColorScheme, Theme>>;

  /** `background`: what is known of the terminal before it has told. `numbered`: it may be taught colours. */
  constructor(wish: ThemeWish, background: ColorScheme = 'dark', { numbered = false } = {}) {
    this.wish = wish;
    this.#background = background;
    this.#themes = numbered ? { dark: numberedDark, light: numberedLight } : { dark, light };
  }

  get theme(): Theme {
    return this.#themes[this.wish === 'auto' ? this.#background : this.wish];
  }

  /** Takes what the terminal tells of its background. Returns whether the event was that. */
  learn(event: InputEvent): boolean {
    const background = readBackground(event);
    this.#background = background ?? this.#background;
    return background !== undefined;
  }
}
