// The entry: names every component. Alpine is loaded after this module and starts by itself.

import { passwordForm, sessions } from "./account.js";
import { audit } from "./audit.js";
import { callerForm } from "./caller-form.js";
import { callers } from "./callers.js";
import { minuteChart } from "./charts.js";
import { contact } from "./contact.js";
import { startFeed } from "./feed.js";
import { glance } from "./glance.js";
import { leadPanel } from "./lead-panel.js";
import { leads } from "./leads.js";
import { login } from "./login.js";
import { merge } from "./merge.js";
import { newKey } from "./new-key.js";
import { notes } from "./notes.js";
import { overview } from "./overview.js";
import { patterns } from "./patterns.js";
import { people } from "./people.js";
import { plan } from "./plan.js";
import { pools } from "./pools.js";
import { preview } from "./preview.js";
import { queue } from "./queue.js";
import { reassign } from "./reassign.js";
import { reports } from "./reports.js";
import { ruleForm } from "./rule-form.js";
import { settings } from "./settings.js";
import { shell } from "./shell.js";
import { source } from "./source.js";
import { sourceForm } from "./source-form.js";
import { sources } from "./sources.js";
import { tags } from "./tags.js";
import { tokens } from "./tokens.js";
import { whatIf } from "./what-if.js";

const components = {
  audit, callerForm, callers, contact, glance, leadPanel, leads, login, merge, minuteChart, newKey, notes, passwordForm, patterns, people,
  plan, pools, preview, queue, reassign, reports, ruleForm, sessions, settings, shell, source, sourceForm, sources, tags, tokens, whatIf,
};

document.addEventListener("alpine:init", () => {
  const { Alpine } = window;
  Alpine.store("overview", overview());
  for (const [name, component] of Object.entries(components)) Alpine.data(name, component);
  if (document.documentElement.dataset.signedIn) {
    startFeed();
    Alpine.store("overview").start();
  }
});
