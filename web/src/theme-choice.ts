/**
 * Whether the page is light or dark: as its person wishes, which is remembered, else as the system is, also when that
 * changes. Wishes come from the switch (seen when it has the focus, after the one for screen readers), from the program,
 * and from `?theme=light` in the address.
 */
import { THEME_WISHES, type ThemeWish } from '@parley/protocol';
import { keepPreference, readPreference } from './preferences.ts';
import type { ColorScheme } from './theme.ts';

const WORDS: Readonly<Record<ThemeWish, string>> = { auto: 'as the system', light: 'light', dark: 'dark' };

const readWish = (word: string | null | undefined): ThemeWish | undefined => THEME_WISHES.find((wish) => wish === word);

/** The wish that the program passes on, of its escape's data; undefined when they are of something else. */
export const readThemeWish = (data: string): ThemeWish | undefined =>
  data.startsWith('theme;') ? readWish(data.slice('theme;'.length)) : undefined;

export class ThemeChoice {
  /** Read only where `#shown` follows at once: Chromium sends no event for a change that `matches` has told of. */
  readonly #system = window.matchMedia('(prefers-color-scheme: light)');
  readonly #button: HTMLElement;
  readonly #onChange: (scheme: ColorScheme) => void;
  #wish: ThemeWish;
  #shown: ColorScheme;

  /** `onChange` is called when `scheme` has become the other one. */
  constructor(button: HTMLElement, asked: string | null, onChange: (scheme: ColorScheme) => void) {
    const wish = readWish(asked);
    if (wish !== undefined) keepPreference('theme', wish);
    this.#wish = wish ?? readWish(readPreference('theme')) ?? 'auto';
    this.#button = button;
    this.#onChange = onChange;
    this.#shown = this.#wanted();
    this.#system.addEventListener('change', () => this.#show());
    button.addEventListener('click', () =>
      this.wish(THEME_WISHES[(THEME_WISHES.indexOf(this.#wish) + 1) % THEME_WISHES.length] ?? 'auto'),
    );
    this.#show();
  }

  /** What is shown, which a change of the system reaches by its event alone. */
  get scheme(): ColorScheme {
    return this.#shown;
  }

  wish(wish: ThemeWish): void {
    this.#wish = wish;
    keepPreference('theme', wish);
    this.#show();
  }

  #show(): void {
    this.#button.textContent = `Theme: ${WORDS[this.#wish]}`;
    const wanted = this.#wanted();
    if (this.#shown === wanted) return;
    this.#shown = wanted;
    this.#onChange(wanted);
  }

  #wanted(): ColorScheme {
    if (this.#wish !== 'auto') return this.#wish;
    return this.#system.matches ? 'light' : 'dark';
  }
}
