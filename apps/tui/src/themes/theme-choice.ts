/**
 * Which theme is shown: the one that is wished for, else the one that suits the background of the terminal, which is taken for
 * dark until it tells; in the colours that the terminal has. A browser's page has the wishes itself: here it is a terminal
 * like any other, that may be taught colours.
 */
import { THEME_WISHES, type ThemeWish } from '@parley/protocol';
import { type ColorScheme, type InputEvent, readBackground } from '@parley/terminal';
import { colorless, dark16, light16 } from './basic.ts';
import type { ColorDepth } from './color-depth.ts';
import { dark, dark256, numberedDark } from './dark.ts';
import { light, light256, numberedLight } from './light.ts';
import type { Theme } from './theme.ts';

/** The wish that a word stands for; undefined when it is none. */
export const readThemeWish = (word: string | undefined): ThemeWish | undefined =>
  THEME_WISHES.find((wish) => wish === word?.toLowerCase());

type Themes = Readonly<Record<ColorScheme, Theme>>;

/** Made when they are asked for: a process has terminals of one kind. */
const THEMES: Readonly<Record<ColorDepth | 'taught', () => Themes>> = {
  taught: () => ({ dark: numberedDark, light: numberedLight }),
  truecolor: () => ({ dark, light }),
  256: () => ({ dark: dark256(), light: light256() }),
  16: () => ({ dark: dark16(), light: light16() }),
  none: () => {
    const theme = colorless();
    return { dark: theme, light: theme };
  },
};

export class ThemeChoice {
  wish: ThemeWish;
  #background: ColorScheme;
  readonly #themes: Themes;

  /** `background`: what is known of the terminal before it has told. `colors`: which it has; `taught`: those it is told. */
  constructor(wish: ThemeWish, background: ColorScheme = 'dark', colors: ColorDepth | 'taught' = 'truecolor') {
    this.wish = wish;
    this.#background = background;
    this.#themes = THEMES[colors]();
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
