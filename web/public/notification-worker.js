// Who taps on a notification comes to the page that was looked at last. Nothing else: no file is kept, no request answered.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const lead = async () => {
    const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    await (page === undefined ? self.clients.openWindow('/') : page.focus());
  };
  event.waitUntil(lead());
});
