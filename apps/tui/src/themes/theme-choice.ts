/**
 * Which theme is shown: the one that is wished for, else the one that suits the ground of the terminal, which is taken for
 * dark until it tells. A browser's page has the wishes itself: here it is a terminal like any other.
 */
import { type ColorScheme, type InputEvent, readBackground } from '@parley/terminal';
import { dark } from './dark.ts';
import { light } from './light.ts';
import type { Theme } from './theme.ts';

/** `auto`: the one that suits the terminal. */
export type ThemeWish = 'auto' | ColorScheme;

export const THEME_WISHES: readonly ThemeWish[] = ['auto', 'light', 'dark'];

/** The wish that a word stands for; undefined when it is none. */
export const readThemeWish = (word: string | undefined): ThemeWish | undefined =>
  THEME_WISHES.find((wish) => wish === word?.toLowerCase());

export class ThemeChoice {
  wish: ThemeWish;
  #ground: ColorScheme;

  /** `ground`: what is known of the terminal before it has told. */
  constructor(wish: ThemeWish, ground: ColorScheme = 'dark') {
    this.wish = wish;
    this.#ground = ground;
  }

  get theme(): Theme {
    return (this.wish === 'auto' ? this.#ground : this.wish) === 'light' ? light : dark;
  }

  /** Takes what the terminal tells of its ground. Returns whether the event was that. */
  learn(event: InputEvent): boolean {
    const ground = readBackground(event);
    this.#ground = ground ?? this.#ground;
    return ground !== undefined;
  }
}
