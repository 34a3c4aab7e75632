/**
 * How a person wishes to see the terminal, as its client tells the page by escape: `OSC 5379 ; theme ; light ST`. In a module
 * of its own, without a schema: the page is sent what it imports.
 */

/** `auto`: as the terminal is, and the page as the system is. */
export const THEME_WISHES = ['auto', 'light', 'dark'] as const;
export type ThemeWish = (typeof THEME_WISHES)[number];
