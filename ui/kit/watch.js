// Follows something that runs in the gateway by asking for it again and again.

const SHORT_MS = 500;
const LONG_MS = 8_000;

/**
 * Calls `ask()`, which resolves to whether there is more to wait for: twice a second while things move (`ask` says so by
 * resolving to "moved"), ever more seldom while they do not or while asking fails, and not while nobody looks.
 * Gives a function that ends it.
 */
export function watch(ask) {
  let wait = SHORT_MS;
  let timer = 0;
  let ended = false;

  async function turn() {
    const answer = await ask();
    if (ended || !answer) return;
    wait = answer === "moved" ? SHORT_MS : Math.min(LONG_MS, wait * 1.5);
    if (!document.hidden) timer = setTimeout(turn, wait);
  }

  function again() {
    if (document.hidden || ended) return;
    clearTimeout(timer);
    wait = SHORT_MS;
    timer = setTimeout(turn, 0);
  }

  document.addEventListener("visibilitychange", again);
  window.addEventListener("fairlead:retry", again);
  timer = setTimeout(turn, SHORT_MS);
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", again);
    window.removeEventListener("fairlead:retry", again);
  };
}
