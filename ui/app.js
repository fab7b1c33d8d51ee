// The entry: starts Alpine with every component.

import Alpine from "@alpinejs/csp";

import * as components from "./components.js";
import { alertStore } from "./events/alert-store.js";
import { startFeed } from "./kit/feed.js";
import { startKeys } from "./kit/keys.js";
import { startOutbox } from "./kit/outbox.js";
import { isManager } from "./kit/who.js";
import { overview } from "./leads/overview.js";

Alpine.store("overview", overview());
Alpine.store("alerts", alertStore());
for (const [name, component] of Object.entries(components)) Alpine.data(name, component);
if (document.documentElement.dataset.signedIn) {
  startFeed();
  startKeys();
  startOutbox();
  if (isManager) {
    Alpine.store("overview").start();
    Alpine.store("alerts").start();
  }
}
Alpine.start();
