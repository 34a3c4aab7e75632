/** A page alone that may notify only through its service worker. */
import { pollFor } from '@parley/testkit';
import { expect, it } from 'vitest';
import { LonePageBench } from './page-alone-bench.ts';

const bench = new LonePageBench();
const { openPage } = bench;

it('notifies through a service worker where a page may not by itself, as on Android, and a tap leads to the page', async () => {
  const page = await openPage();
  await page.context().grantPermissions(['notifications']);
  // The grant takes a moment to reach the page.
  await pollFor(() => page.evaluate(() => Notification.permission), 'granted');
  await page.evaluate(() => {
    const { permission } = Notification;
    Object.assign(window, {
      Notification: Object.assign(
        function refuse() {
          throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
        },
        { permission },
      ),
    });
    // Headless pages always have the focus.
    document.hasFocus = () => false;
  });
  const shown = await pollFor(
    () =>
      page.evaluate(async () => {
        // Again and again, each in the place of the one before: the grant reaches workers later still, and the first is refused.
        window.__parley?.write('\u001b]777;notify;ada in #dev;hello\u0007');
        const registration = await navigator.serviceWorker.getRegistration();
        const notifications = (await registration?.getNotifications()) ?? [];
        return notifications.map(({ title, body }) => `${title}: ${body}`);
      }),
    (notes) => notes.length > 0,
  );
  expect(shown).toEqual(['ada in #dev: hello']);
  const [worker] = page.context().serviceWorkers();
  // No test can tap on what the system shows: the worker is told what it would be, and who is focused is looked at.
  const focused = await worker?.evaluate(async () => {
    const scope = globalThis as unknown as {
      WindowClient: { prototype: { focus(): Promise<void>; readonly url: string } };
      registration: { getNotifications(): Promise<{ close(): void }[]> };
      dispatchEvent(event: Event): void;
    };
    const [notification] = await scope.registration.getNotifications();
    return new Promise<string>((resolve) => {
      scope.WindowClient.prototype.focus = function focus(this: { readonly url: string }) {
        resolve(this.url);
        return Promise.resolve();
      };
      const tap = Object.assign(new Event('notificationclick'), { notification, waitUntil() {} });
      scope.dispatchEvent(tap);
    });
  });
  expect(focused).toBe(page.url());
  expect(bench.complaints).toEqual([]);
});
