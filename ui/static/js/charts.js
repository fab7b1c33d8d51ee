// Leads per minute over the last hour, drawn by uPlot in the colours of the page.

import { clock } from "./time.js";
import { plural } from "./words.js";

const REDRAW_MS = 500;

/** What `color` comes to in the present theme, as the canvas needs it. */
function resolved(element, color) {
  const probe = document.createElement("i");
  probe.style.color = `var(${color})`;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function options(element) {
  const accent = resolved(element, "--accent");
  const ink = resolved(element, "--ink-3");
  const line = resolved(element, "--line");
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: ink, font, ticks: { show: false }, grid: { stroke: line, width: 1 } };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7, fill: accent }, drag: { x: false, y: false } },
    // Half a bar's room at either end.
    scales: { x: { time: true, range: (_, first, last) => [first - 40, last + 40] }, y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
    axes: [
      { ...axis, size: 24, gap: 6, space: 72, grid: { show: false }, values: (_, times) => times.map((time) => clock(time * 1000)) },
      {
        ...axis,
        size: 30,
        gap: 6,
        space: (_, __, ___, ____, height) => Math.max(16, height / 3),
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
        values: (_, counts) => counts.map((value) => (value >= 1000 ? `${value / 1000}k` : String(value))),
      },
    ],
    series: [
      {},
      {
        width: 0,
        points: { show: false },
        paths: window.uPlot.paths.bars({ size: [0.72, 12, 1], radius: 0.25 }),
        fill: accent,
      },
    ],
  };
}

export function minuteChart() {
  let plot = null;
  let hour = [];
  let drawing = 0;
  return {
    summary: "",
    reading: "",

    init() {
      this.build();
      new ResizeObserver(() => {
        const { clientWidth: width, clientHeight: height } = this.$refs.chart;
        if (width && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
      }).observe(this.$refs.chart);
      window.addEventListener("fairlead:theme", () => this.build());
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.build());
      this.$watch("$store.overview.beat", () => { drawing ||= setTimeout(() => { drawing = 0; this.draw(); }, plot.drawn ? REDRAW_MS : 0); });
      this.draw();
    },

    build() {
      plot?.destroy();
      const settings = options(this.$refs.chart);
      settings.hooks = { setCursor: [(chart) => this.read(chart.cursor.idx)] };
      plot = new window.uPlot(settings, this.columns(), this.$refs.chart);
    },

    columns() {
      hour = Alpine.raw(this.$store.overview).lastHour();
      return [hour.map(([minute]) => minute * 60), hour.map(([, leads]) => leads || null)];
    },

    draw() {
      plot.setData(this.columns());
      plot.drawn = this.$store.overview.ready;
      const total = hour.reduce((sum, [, leads]) => sum + leads, 0);
      const peak = hour.reduce((best, entry) => (entry[1] > best[1] ? entry : best));
      this.summary = total ? `${plural(total, "lead")} in the last hour, at most ${peak[1]} a minute at ${clock(peak[0] * 60_000)}` : "No leads in the last hour";
    },

    read(index) {
      const entry = index == null ? null : hour[index];
      this.reading = entry ? `${clock(entry[0] * 60_000)} · ${plural(entry[1], "lead")}` : "";
    },
  };
}
