// A source's new token and signing secret, and a command that tries them.

import { showOnce } from "./secret.js";

const LEAD = '{"name": "Meera Joshi", "phone": "+91 10000 00001", "city": "Pune"}';

export function showKey({ source, token, secret }) {
  showOnce(`The key of ${source.name}`, [
    { label: "Token", text: token },
    { label: "Signing secret", text: secret },
    { label: "Command to try it", text: command(token), isLong: true },
  ]);
}

const command = (token) => [
  `curl ${location.origin}/api/leads/webhook`,
  `-H "Authorization: Bearer ${token}"`,
  '-H "Content-Type: application/json"',
  `-d '${LEAD}'`,
].join(" \\\n  ");
