// Shows what the gateway tells this browser when no page is in front. It keeps nothing and answers no request.

self.addEventListener("push", (event) => { event.waitUntil(show(event.data.json())); });

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

// Always shown, since browsers take the permission from who shows nothing; but silently where a page is in front, which tells it anyway.
async function show({ title, body, url, tag }) {
  const pages = await self.clients.matchAll({ type: "window" });
  const silent = pages.some(({ focused }) => focused);
  await self.registration.showNotification(title, { body, tag, data: { url }, silent, ...(silent ? {} : { renotify: true }) });
}

// Never in a page that is open on something else: somebody may be typing there.
async function open(url) {
  const wanted = new URL(url, self.location.origin).href;
  const pages = await self.clients.matchAll({ type: "window" });
  const there = pages.find((page) => page.url === wanted);
  await (there ? there.focus() : self.clients.openWindow(wanted));
}
