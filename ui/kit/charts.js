// Leads per minute over the last hour, per day over the last month, and by hour or day beside a time before, drawn by uPlot in
// the colours of the page.

import Alpine from "@alpinejs/csp";
import uPlot from "uplot";

import { clock, dayAndMonth, startOfDay } from "./time.js";
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

/**
 * Bars along an axis whose scale is `x`; they are `step` apart and at most `most` pixels wide, and `tick` says what stands
 * below those at the given values.
 */
function options(element, { x, step, most, tick, ...axisX }) {
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
    scales: { x: { ...x, range: (_, first, last) => [first - step * 0.67, last + step * 0.67] }, y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
    axes: [
      { ...axis, size: 24, gap: 6, space: 72, grid: { show: false }, values: (_, values) => values.map(tick), ...axisX },
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
        paths: uPlot.paths.bars({ size: [0.72, most, 1], radius: 0.25 }),
        fill: accent,
      },
    ],
  };
}

/** Builds the chart anew when its colours change, and fits it to its place; gives a function that tells the present one. */
function kept(element, build) {
  let plot = build();
  const anew = () => {
    plot.destroy();
    plot = build();
  };
  new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = element;
    if (width && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
  }).observe(element);
  window.addEventListener("fairlead:theme", anew);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", anew);
  return () => plot;
}

export function minuteChart() {
  let plot = null;
  let drawn = false;
  let hour = [];
  let drawing = 0;
  return {
    summary: "",
    reading: "",

    init() {
      plot = kept(this.$refs.chart, () => this.build());
      this.$watch("$store.overview.beat", () => { drawing ||= setTimeout(() => { drawing = 0; this.draw(); }, drawn ? REDRAW_MS : 0); });
      this.draw();
    },

    build() {
      const settings = options(this.$refs.chart, { x: { time: true }, step: 60, most: 12, tick: (time) => clock(time * 1000) });
      settings.hooks = { setCursor: [(chart) => this.read(chart.cursor.idx)] };
      return new uPlot(settings, this.columns(), this.$refs.chart);
    },

    columns() {
      hour = Alpine.raw(this.$store.overview).lastHour();
      return [hour.map(([minute]) => minute * 60), hour.map(([, leads]) => leads || null)];
    },

    draw() {
      plot().setData(this.columns());
      drawn = this.$store.overview.ready;
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

/** Draws what the event campaign:days brings: [{ date, leads }], oldest first. */
export function dayChart() {
  let plot = null;
  let days = [];
  const name = ({ date }) => dayAndMonth(startOfDay(date));
  return {
    summary: "",
    reading: "",

    init() {
      plot = kept(this.$refs.chart, () => this.build());
      window.addEventListener("campaign:days", ({ detail }) => {
        days = detail;
        plot().setData(this.columns());
        const total = days.reduce((sum, { leads }) => sum + leads, 0);
        const peak = days.reduce((best, entry) => (entry.leads > best.leads ? entry : best), days[0]);
        this.summary = total ? `${plural(total, "lead")} in the last 30 days, at most ${peak.leads} a day on ${name(peak)}` : "No leads in the last 30 days";
      });
    },
    build() {
      const settings = options(this.$refs.chart, { x: { time: false }, step: 1, most: 32, tick: (index) => (days[index] ? name(days[index]) : ""), incrs: [1, 2, 5, 10, 15] });
      settings.hooks = { setCursor: [(chart) => this.read(chart.cursor.idx)] };
      return new uPlot(settings, this.columns(), this.$refs.chart);
    },
    columns() { return [days.map((_, index) => index), days.map(({ leads }) => leads || null)]; },
    read(index) {
      const entry = index == null ? null : days[index];
      this.reading = entry ? `${name(entry)} · ${plural(entry.leads, "lead")}` : "";
    },
  };
}

/** Draws what the event dashboard:moments brings: bars for the leads of now, a line for as far into the period before. */
export function comparedChart() {
  let plot = null;
  let moments = [];
  let by = "hour";
  const name = ({ since, before_since: before }) => (by === "day" ? dayAndMonth(since ?? before) : clock(since ?? before));
  return {
    summary: "",
    reading: "",

    init() {
      plot = kept(this.$refs.chart, () => this.build());
      window.addEventListener("dashboard:moments", ({ detail }) => {
        ({ moments, by } = detail);
        plot().setData(this.columns());
        const sum = (which) => moments.reduce((total, moment) => total + (moment[which] ?? 0), 0);
        const peak = moments.reduce((best, moment) => ((moment.received ?? 0) > (best.received ?? 0) ? moment : best), moments[0] ?? {});
        this.summary = sum("received") ? `${plural(sum("received"), "lead")}, at most ${peak.received} in the ${by} of ${name(peak)}; ${sum("before")} before` : `No leads; ${sum("before")} before`;
      });
    },
    build() {
      const settings = options(this.$refs.chart, { x: { time: false }, step: 1, most: 40, tick: (index) => (moments[index] ? name(moments[index]) : ""), incrs: [1, 2, 3, 4, 6, 12, 24] });
      const line = resolved(this.$refs.chart, "--ink-2");
      settings.series.push({ stroke: line, width: 2, dash: [4, 3], points: { show: false }, spanGaps: false });
      settings.scales.y = { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] };
      settings.hooks = { setCursor: [(chart) => this.read(chart.cursor.idx)] };
      return new uPlot(settings, this.columns(), this.$refs.chart);
    },
    columns() {
      return [moments.map((_, index) => index), moments.map(({ received }) => received || null), moments.map(({ before }) => before)];
    },
    read(index) {
      const moment = index == null ? null : moments[index];
      this.reading = moment ? `${name(moment)}: ${moment.received ?? 0}, before ${moment.before ?? 0}` : "";
    },
  };
}
