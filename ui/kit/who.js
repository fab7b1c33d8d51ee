// Who is signed in, as the page was made for them.

import { api } from "./api.js";

export const { userId, role, callerId = null } = document.documentElement.dataset;
export const isManager = role === "admin" || role === "manager";
export const isCaller = role === "caller";

/** Whose role is another now, or who has become another caller, gets the pages of that. */
export async function checkWho() {
  const now = await api.get("/api/session").catch(() => null);
  if (now && (now.id !== userId || now.role !== role || (now.caller_id ?? null) !== callerId)) location.reload();
}
