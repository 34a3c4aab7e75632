/** The page's title, which its program writes: the unread count leads it, as `(3) `, and goes onto the icon of an installed app. */

/** Unread messages as the title tells them; 0 for a title without. */
export const unreadIn = (title: string): number => Number(/^\((\d{1,6})\+?\)/.exec(title)?.[1] ?? 0);

/** Where the title says that one is. */
export const placeIn = (title: string): string => title.replace(/^\(\d+\+?\) /, '');

export function showTitle(title: string): void {
  document.title = title === '' ? 'Parley' : title;
  const { setAppBadge } = navigator as Partial<Navigator>;
  // Refused where the page is not installed: nothing is lost.
  setAppBadge?.call(navigator, unreadIn(title)).catch(() => {});
}
