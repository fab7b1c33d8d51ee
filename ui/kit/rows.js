// A window on a long list: holds any number of items, keeps in the document only the rows near the screen.
// Rows are placed by a transform, so an insertion above moves them smoothly and scrolling moves nothing.

const OVERSCAN = 12;
const SETTLE_MS = 260;
const FEW = 3;
const RUSH_MS = 500;

export class Rows {
  /**
   * `body` is the tbody, `template` one row whose [data-part] elements `fill(parts, item, row)` writes.
   * Items have an `id`; `picks` has those of the selected ones. Assign `items`, then call draw(); call refill(id) after changing one, refillAll() when time has passed.
   */
  constructor(body, template, fill, picks) {
    this.body = body;
    this.table = body.closest("table");
    this.template = template;
    this.fillRow = fill;
    this.picks = picks;
    this.items = [];
    this.shown = new Map();
    this.arrived = 0;
    this.measure();
    window.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    window.addEventListener("resize", () => { this.measure(); this.drawSoon(); });
  }

  measure() {
    this.height = parseFloat(getComputedStyle(this.body).getPropertyValue("--row")) || 56;
  }

  /** Other items, in such a way that what is at the top of the screen stays there. Call arrive() or draw() next. */
  replace(items) {
    const top = this.body.getBoundingClientRect().top;
    const first = Math.ceil(-top / this.height);
    const index = top < 0 ? items.findIndex(({ id }) => id === this.items[first]?.id) : -1;
    this.items = items;
    this.body.style.height = `${items.length * this.height}px`;
    if (index >= 0) window.scrollBy({ top: (index - first) * this.height, behavior: "instant" });
  }

  drawSoon() {
    this.drawing ||= requestAnimationFrame(() => { this.drawing = 0; this.draw(); });
  }

  /** Redraws with the given ids marked as just arrived. A few slide in; in a rush they simply appear, which costs a tenth. */
  arrive(ids) {
    const pause = performance.now() - this.arrived;
    this.arrived = performance.now();
    if (ids.size <= FEW && pause > RUSH_MS) {
      this.fresh = ids;
      this.table.dataset.settling = "true";
      clearTimeout(this.settling);
      this.settling = setTimeout(() => { this.table.dataset.settling = "false"; }, SETTLE_MS);
      // Rows that move must have been drawn where they were, or there is nothing to move from.
      this.body.getBoundingClientRect();
    }
    this.draw();
    this.fresh = null;
  }

  draw() {
    const { items, height, shown, body } = this;
    const top = body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - OVERSCAN);
    const end = Math.min(items.length, Math.ceil((window.innerHeight - top) / height) + OVERSCAN);
    const indexes = [];
    for (let index = first; index < end; index++) indexes.push(index);
    this.keepFocused(indexes, first, end);

    const wanted = new Set(indexes.map((index) => items[index].id));
    for (const [id, row] of shown) {
      if (!wanted.has(id)) { row.remove(); shown.delete(id); }
    }
    body.style.height = `${items.length * height}px`;
    this.table.setAttribute("aria-rowcount", String(items.length + 1));
    let next = body.firstElementChild;
    for (const index of indexes) {
      const row = this.rowFor(items[index]);
      row.style.transform = `translateY(${index * height}px)`;
      row.setAttribute("aria-rowindex", String(index + 2));
      if (row === next) next = next.nextElementSibling;
      else body.insertBefore(row, next);
    }
  }

  /** The row that has the focus stays in the document even when it is scrolled out of sight. */
  keepFocused(indexes, first, end) {
    const id = document.activeElement?.closest?.("[data-row]")?.dataset.row;
    if (!id || !this.shown.has(id)) return;
    const index = this.items.findIndex((item) => item.id === id);
    if (index < 0 || (index >= first && index < end)) return;
    if (index < first) indexes.unshift(index);
    else indexes.push(index);
  }

  rowFor(item) {
    let row = this.shown.get(item.id);
    if (row) return row;
    row = this.make(item);
    if (this.fresh?.has(item.id)) row.dataset.new = "true";
    this.shown.set(item.id, row);
    return row;
  }

  make(item) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.dataset.row = item.id;
    row.parts = Object.fromEntries(Array.from(row.querySelectorAll("[data-part]"), (part) => [part.dataset.part, part]));
    this.fill(item, row);
    return row;
  }

  fill(item, row) {
    this.fillRow(row.parts, item, row);
    if (row.parts.pick) row.parts.pick.checked = this.picks.has(item.id);
  }

  /** What `act` returns while the row of an item is in the document, wherever the item is in the list. */
  whileShown(id, act) {
    const row = this.make(this.items.find((each) => each.id === id));
    this.body.append(row);
    const answer = act();
    row.remove();
    return answer;
  }

  refill(item) {
    const row = this.shown.get(item.id);
    if (row) this.fill(item, row);
  }

  refillAll() {
    for (const item of this.items) if (this.shown.has(item.id)) this.refill(item);
  }
}
