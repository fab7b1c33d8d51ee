// The entry: names every component, and starts Alpine.

import Alpine from "@alpinejs/csp";

import { passwordForm, sessions } from "./people/account.js";
import { alertSettings } from "./events/alert-settings.js";
import { alertStore } from "./events/alert-store.js";
import { alerts } from "./events/alerts.js";
import { audit } from "./events/audit.js";
import { callerForm } from "./callers/form.js";
import { callers } from "./callers/page.js";
import { campaignCallers, campaignForm, campaignStrategy } from "./campaigns/form.js";
import { campaign } from "./campaigns/one.js";
import { campaigns } from "./campaigns/page.js";
import { dayChart, minuteChart } from "./kit/charts.js";
import { conditionField, conditionValues } from "./routing/conditions.js";
import { contact } from "./leads/contact.js";
import { deliveries } from "./events/deliveries.js";
import { departure } from "./callers/departure.js";
import { destinationForm } from "./events/destination-form.js";
import { destinations } from "./events/destinations.js";
import { docs } from "./frame/docs.js";
import { exporting } from "./leads/export.js";
import { startFeed } from "./kit/feed.js";
import { startKeys } from "./kit/keys.js";
import { fieldMapping } from "./sources/mapping.js";
import { glance } from "./leads/glance.js";
import { importCallers } from "./imports/callers.js";
import { importCheck } from "./imports/check.js";
import { importColumns } from "./imports/columns.js";
import { importRows } from "./imports/rows.js";
import { importRun } from "./imports/run.js";
import { importSummary } from "./imports/summary.js";
import { importSteps } from "./imports/one.js";
import { imports } from "./imports/page.js";
import { keyForm } from "./sources/key.js";
import { leadPanel } from "./leads/panel.js";
import { leads } from "./leads/page.js";
import { login } from "./frame/login.js";
import { merge } from "./leads/merge.js";
import { myLeads } from "./leads/mine.js";
import { question } from "./kit/ask.js";
import { notes } from "./kit/notes.js";
import { overview } from "./leads/overview.js";
import { patternForm, patterns } from "./patterns/page.js";
import { personForm } from "./people/form.js";
import { people } from "./people/page.js";
import { plan } from "./routing/page.js";
import { pools } from "./routing/pools.js";
import { preview } from "./routing/preview.js";
import { queue } from "./leads/queue.js";
import { reassign } from "./leads/reassign.js";
import { reports } from "./routing/reports.js";
import { ruleForm } from "./routing/rule-form.js";
import { factor, factorForm, factorSetup } from "./people/second-factor.js";
import { secret } from "./kit/secret.js";
import { settings } from "./people/settings.js";
import { shell } from "./frame/shell.js";
import { source } from "./sources/one.js";
import { sourceForm } from "./sources/form.js";
import { sources } from "./sources/page.js";
import { tags } from "./kit/tags.js";
import { tokenForm, tokens } from "./people/tokens.js";
import { waysIn } from "./sources/ways-in.js";
import { webForm } from "./sources/web-form.js";
import { whatIf } from "./routing/what-if.js";
import { isManager } from "./kit/who.js";

const components = {
  alerts, alertSettings, audit, callerForm, callers, campaign, campaignCallers, campaignForm, campaigns,
  campaignStrategy, conditionField, conditionValues, contact, dayChart, deliveries, departure, destinationForm,
  destinations, docs, exporting, factor, factorForm, factorSetup, fieldMapping, glance, importCallers, importCheck,
  importColumns, importRows, importRun, imports, importSteps, importSummary, keyForm, leadPanel, leads, login, merge,
  minuteChart, myLeads, notes, passwordForm, patternForm, patterns, people, personForm, plan, pools, preview, question, queue,
  reassign, reports, ruleForm, secret, sessions, settings, shell, source, sourceForm, sources, tags, tokenForm, tokens,
  waysIn, webForm, whatIf,
};

Alpine.store("overview", overview());
Alpine.store("alerts", alertStore());
for (const [name, component] of Object.entries(components)) Alpine.data(name, component);
if (document.documentElement.dataset.signedIn) {
  startFeed();
  startKeys();
  if (isManager) {
    Alpine.store("overview").start();
    Alpine.store("alerts").start();
  }
}
Alpine.start();
