/**
 * Shows what the program wants a person told (mentions, direct messages) while they look elsewhere. Permission is offered
 * once, in the bar, when there is something to tell for the first time; the browser is asked from that click alone.
 */
import { keepPreference, readPreference } from './preferences.ts';

export interface Notice {
  readonly title: string;
  readonly body: string;
}

const MAX_TITLE = 80;
const MAX_BODY = 240;

/** What `OSC 777;notify;title;body` and `OSC 9;body` say. OSC 9 with a number first is something else (progress). */
export function readNotice(code: 9 | 777, data: string): Notice | undefined {
  if (code === 9) return /^(?:\d+(?:;|$)|$)/.test(data) ? undefined : notice('Parley', data);
  const [kind, title = '', ...body] = data.split(';');
  return kind === 'notify' ? notice(title, body.join(';')) : undefined;
}

/** One line, of bounded length, in which nothing acts or reorders. */
const plain = (text: string, length: number): string =>
  [...text.replaceAll(/\s+/gu, ' ').replaceAll(/[\p{Control}\p{Format}\p{Surrogate}]/gu, '')]
    .slice(0, length)
    .join('')
    .trim();

function notice(title: string, body: string): Notice | undefined {
  const words = { title: plain(title, MAX_TITLE), body: plain(body, MAX_BODY) };
  return words.title === '' && words.body === '' ? undefined : words;
}

/** One a person or room at a time; the next one replaces it and is told as loudly, which browsers do not do by themselves. */
const optionsOf = (title: string, body: string): NotificationOptions & { readonly renotify: boolean } => ({
  body,
  icon: '/icon-192.png',
  tag: `parley:${title}`,
  renotify: true,
});

/** Browsers on phones refuse a page and show what a service worker does: there is one for that alone, where it is needed. */
async function showByWorker(title: string, options: NotificationOptions): Promise<void> {
  try {
    await navigator.serviceWorker.register('/notification-worker.js');
    const registration = await navigator.serviceWorker.ready;
    await registration.showNotification(title, options);
  } catch {
    // The browser allows neither, or has just been told not to.
  }
}

export interface NotificationsOptions {
  /** Offers to turn them on; the answer comes from a click. */
  readonly offer: (answer: (wanted: boolean) => void) => void;
}

export class Notifications {
  readonly #options: NotificationsOptions;
  #offered = readPreference('notifications') !== undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  tell({ title, body }: Notice): void {
    if (!('Notification' in window)) return;
    if (Notification.permission === 'default') return this.#offer();
    if (Notification.permission !== 'granted' || readPreference('notifications') === 'off') return;
    if (document.visibilityState === 'visible' && document.hasFocus()) return;
    try {
      const shown = new Notification(title, optionsOf(title, body));
      shown.addEventListener('click', () => {
        window.focus();
        shown.close();
      });
    } catch {
      void showByWorker(title, optionsOf(title, body));
    }
  }

  #offer(): void {
    if (this.#offered) return;
    this.#offered = true;
    this.#options.offer((wanted) => {
      keepPreference('notifications', wanted ? 'on' : 'off');
      if (wanted) void Notification.requestPermission();
    });
  }
}
