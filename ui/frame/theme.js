// Runs before the first paint, so that a chosen theme never flashes: a classic script in the head, on purpose.
(() => {
  try {
    const chosen = localStorage.getItem("fairlead-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's theme is then used.
  }
})();
