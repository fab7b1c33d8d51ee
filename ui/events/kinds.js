// Kinds of events in words. A kind is a noun and a verb: lead.assigned. Every noun and verb that sql/ writes is here; a test sees to it.

import { capital } from "../kit/words.js";

export const NOUNS = {
  action: "Action on many",
  alert: "Alert", lead: "Lead", contact: "Contact", caller: "Caller", rule: "Rule", campaign: "Campaign", source: "Source", import: "Import",
  destination: "Destination", saved_view: "Saved view", user: "User", workspace: "Settings", alert_settings: "Alert settings", leads: "Leads",
  activity: "Activity", task: "Task", disposition: "Disposition",
};
const VERBS = {
  created: "Created", updated: "Updated", archived: "Archived", deleted: "Deleted", revoked: "Revoked", rotated: "New key", disabled: "Disabled", enabled: "Enabled",
  assigned: "Assigned", reassigned: "Reassigned", claimed: "Claimed", closed: "Closed", reopened: "Opened again", queued: "Put in the queue",
  expired: "Not claimed in time", held: "Put on hold", released: "Released from hold", exported: "Exported", reread: "Phones read again",
  introduced: "Recognised from now on", conflict: "Keys of two contacts", merged: "Merged", unmerged: "Unmerged",
  undone: "Taken back", raised: "Raised", cleared: "Cleared", acknowledged: "Acknowledged", tested: "Tested", logged: "Logged", withdrawn: "Taken back", done: "Done", status_changed: "Status changed",
  started: "Started", finished: "Finished", cancelled: "Cancelled",
  password_changed: "Password changed", sessions_ended: "Sessions ended", sign_in_failed: "Too many failed sign-ins", refresh_reused: "Old refresh token used",
  token_created: "Token created", token_revoked: "Token revoked", factor_added: "Second factor turned on", factor_removed: "Second factor taken off",
  invited: "Invited", invitation_accepted: "Invitation accepted", link_not_sent: "Link could not be sent", reset_asked: "New password asked for", reset_sent: "Link for a new password sent",
  calendar_made: "Calendar address made", calendar_removed: "Calendar address removed", recovery_codes_made: "New recovery codes", recovery_code_used: "Signed in with a recovery code",
};
export const spaced = (name) => capital(name.replaceAll("_", " "));

/** The noun and the verb of a kind. One that there is no word for is spelled out, and `isKnown` is false. */
export function inWords(kind) {
  const [noun, verb] = kind.split(".");
  return { noun: NOUNS[noun] ?? spaced(noun), verb: VERBS[verb] ?? spaced(verb), isKnown: noun in NOUNS && verb in VERBS };
}
