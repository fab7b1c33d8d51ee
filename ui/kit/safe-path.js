// Makes an address safe that a stranger may have written.

/**
 * `text` as a path of this site, else "/". A browser reads an address in more ways than one can list ("/.//evil", "/\evil",
 * "/%2e//evil"), so it is read as a browser does, and once more: only what still leads to the same place of this site is safe.
 */
export function safePath(text, site = location.origin) {
  const read = (address) => (URL.canParse(address, site) ? new URL(address, site) : null);
  const url = text.startsWith("/") ? read(text) : null;
  if (url?.origin !== site) return "/";
  const path = url.pathname + url.search + url.hash;
  return read(path)?.href === `${site}${path}` && !/^\/[/\\]/.test(path) ? path : "/";
}
