// The entry: names every component, and starts Alpine.

import Alpine from "@alpinejs/csp";

import { passwordForm, sessions } from "./account.js";
import { alertSettings } from "./alert-settings.js";
import { alertStore } from "./alert-store.js";
import { alerts } from "./alerts.js";
import { audit } from "./audit.js";
import { callerForm } from "./caller-form.js";
import { callers } from "./callers.js";
import { campaign } from "./campaign.js";
import { campaigns } from "./campaigns.js";
import { dayChart, minuteChart } from "./charts.js";
import { conditionField, conditionValues } from "./conditions.js";
import { contact } from "./contact.js";
import { deliveries } from "./deliveries.js";
import { destinationForm } from "./destination-form.js";
import { destinations } from "./destinations.js";
import { docs } from "./docs.js";
import { exporting } from "./export.js";
import { startFeed } from "./feed.js";
import { fieldMapping } from "./field-mapping.js";
import { glance } from "./glance.js";
import { importCallers } from "./import-callers.js";
import { importCheck } from "./import-check.js";
import { importColumns } from "./import-columns.js";
import { importRun } from "./import-run.js";
import { importSummary } from "./import-summary.js";
import { importSteps } from "./import.js";
import { imports } from "./imports.js";
import { leadPanel } from "./lead-panel.js";
import { leads } from "./leads.js";
import { login } from "./login.js";
import { merge } from "./merge.js";
import { myLeads } from "./my-leads.js";
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
import { secret } from "./secret.js";
import { settings } from "./settings.js";
import { shell } from "./shell.js";
import { source } from "./source.js";
import { sourceForm } from "./source-form.js";
import { sources } from "./sources.js";
import { tags } from "./tags.js";
import { tokens } from "./tokens.js";
import { waysIn } from "./ways-in.js";
import { webForm } from "./web-form.js";
import { whatIf } from "./what-if.js";
import { isManager } from "./who.js";

const components = {
  alerts, alertSettings, audit, callerForm, callers, campaign, campaigns, conditionField, conditionValues, contact,
  dayChart, deliveries, destinationForm, destinations, docs, exporting, fieldMapping, glance, importCallers,
  importCheck, importColumns, importRun, imports, importSteps, importSummary, leadPanel, leads, login, merge,
  minuteChart, myLeads, notes, passwordForm, patterns, people, plan, pools, preview, queue, reassign, reports, ruleForm,
  secret, sessions, settings, shell, source, sourceForm, sources, tags, tokens, waysIn, webForm, whatIf,
};

Alpine.store("overview", overview());
Alpine.store("alerts", alertStore());
for (const [name, component] of Object.entries(components)) Alpine.data(name, component);
if (document.documentElement.dataset.signedIn) {
  startFeed();
  if (isManager) {
    Alpine.store("overview").start();
    Alpine.store("alerts").start();
  }
}
Alpine.start();
