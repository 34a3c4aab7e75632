/**
 * The switch for screen readers: seen when it has the focus, first on the page, and remembered. `?screenreader=1` in the
 * address sets it too.
 */
import { keepPreference, readPreference } from './preferences.ts';

/** Whether it is on. `onChange` is called from then on. */
export function setScreenReader(button: HTMLElement, asked: string | null, onChange: (on: boolean) => void): boolean {
  if (asked === '1' || asked === '0') keepPreference('screen-reader', asked);
  let on = readPreference('screen-reader') === '1';
  const show = (): void => button.setAttribute('aria-checked', String(on));
  button.addEventListener('click', () => {
    on = !on;
    keepPreference('screen-reader', on ? '1' : '0');
    show();
    onChange(on);
  });
  show();
  return on;
}
