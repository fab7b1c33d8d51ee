// What senders of leads paste, with the workspace's own values in it.

const LEAD = { name: "Meera Joshi", phone: "+91 10000 00001", city: "Pune" };
// Where no token is at hand, and where there is no secret.
const TOKEN = "YOUR_TOKEN";
const SECRET = "whsec_";

/** The command that sends one lead. */
export const curlCommand = (origin, token) => [
  `curl ${origin}/api/leads/webhook`,
  `-H "Authorization: Bearer ${token}"`,
  '-H "Content-Type: application/json"',
  `-d '${JSON.stringify(LEAD)}'`,
].join(" \\\n  ");

const signedCommand = (origin, source, secret) => `SECRET='${secret}'
BODY='${JSON.stringify(LEAD)}'
TIME=$(date +%s)
ID="msg_$TIME"
KEY=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
SIGNATURE=$(printf %s "$ID.$TIME.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)
curl "${origin}/api/leads/webhook?source=${source}" \\
  -H "Content-Type: application/json" \\
  -H "webhook-id: $ID" -H "webhook-timestamp: $TIME" -H "webhook-signature: v1,$SIGNATURE" \\
  -d "$BODY"`;

// As the services write a field of an earlier step, which the user then chooses from their list.
const mapped = (field) => JSON.stringify({ name: field("Name"), phone: field("Phone"), email: field("Email"), city: field("City"), state: field("State") }, null, 2);

/** The form to paste into a page. The field that people do not see keeps programs out; see gateway/intake/forms.py. */
export const formSnippet = (origin, key) => `<form action="${origin}/forms/${key}" method="post">
  <label>Name <input name="name" autocomplete="name" required></label>
  <label>Phone <input name="phone" type="tel" autocomplete="tel" required></label>
  <label>E-mail <input name="email" type="email" autocomplete="email"></label>
  <label>City <input name="city" autocomplete="address-level2"></label>
  <label>Message <textarea name="message"></textarea></label>
  <div style="position: absolute; left: -10000px" aria-hidden="true">
    <label>Leave this empty <input name="homepage" tabindex="-1" autocomplete="off"></label>
  </div>
  <button>Send</button>
</form>`;

/** The texts by name. `source` may be unknown yet; `token` and `secret` are there while the key is new; `files` are those below. */
export function textsFor({ origin, source, token = TOKEN, secret = SECRET, files }) {
  const number = source?.id ?? 0;
  const fill = (text) => text
    .replaceAll("https://fairlead.example", origin)
    .replace("SOURCE = 0;", `SOURCE = ${number};`)
    .replace("?source=0", `?source=${number}`)
    .replace(/SECRET = (["'])whsec_\1/, `SECRET = $1${secret}$1`);
  return {
    script: fill(files.script),
    workflow: fill(files.workflow),
    url: `${origin}/api/leads/webhook`,
    authorization: `Bearer ${token}`,
    zapier: mapped((name) => `{{${name}}}`),
    make: mapped((name) => `{{1.${name}}}`),
    curl: curlCommand(origin, token),
    signed: signedCommand(origin, number, secret),
    form: source?.form ? formSnippet(origin, source.form.key) : "",
  };
}

/** The script and the workflow as they are offered, to be filled in. */
export async function loadFiles() {
  const load = async (name) => (await fetch(new URL(`../ways-in/${name}`, import.meta.url))).text();
  const [script, workflow] = await Promise.all([load("google-sheets.js"), load("n8n-workflow.json")]);
  return { script, workflow };
}

/** Whether services on the internet cannot reach this address. */
export const isPrivate = (host) => /^(localhost$|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)|\.(local|internal|lan)$/.test(host);
