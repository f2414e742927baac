// What the panels show: legend, times and ages, the list of radars.
import { text } from "./texts.js";

const OLD = 25; // minutes: two windows of ten and what they take
export const byId = (id) => document.getElementById(id);
const minutes = (time) => (Date.now() - Date.parse(time)) / 60_000;
export const isOld = (item) => !item.newest || minutes(item.newest) > OLD;

export function age(time, language) {
  const since = Math.max(0, Math.round(minutes(time)));
  if (since < 120) return `${since} ${text(language, "min")}`;
  if (since < 2880) return `${Math.round(since / 60)} ${text(language, "hour")}`;
  return `${Math.round(since / 1440)} ${text(language, "day")}`;
}

export function clock(time, zone, language) {
  const options = { dateStyle: "short", timeStyle: "short", hour12: false };
  if (zone === "utc") return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
  return new Date(time).toLocaleString(language, options);
}

export function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, title]) => new Option(title, value, false, value === chosen)));
}

export function showTime(frame, state) {
  byId("time").textContent = frame ? clock(frame.time, state.zone, state.language) : "–";
}

export function showAge(newest, state) {
  const badge = byId("age"), old = isOld({ newest });
  badge.textContent = (old ? `${text(state.language, "old")}: ` : "") + age(newest, state.language);
  badge.classList.toggle("old", old);
}

export function showRadars(owners, state, choose) {
  byId("radars").replaceChildren(...Object.entries(owners).map(([name, item]) => {
    const line = document.createElement("li"), button = document.createElement("button");
    const title = document.createElement("span"), when = document.createElement("span");
    line.className = isOld(item) ? "old" : "";
    button.className = name === state.owner ? "chosen" : "";
    title.textContent = item.title ? `${name} · ${item.title}` : name;
    when.className = "when";
    const old = isOld(item) ? ` · ${text(state.language, "old")}` : "";
    when.textContent = item.newest ? age(item.newest, state.language) + old : text(state.language, "never");
    button.disabled = !item.newest;
    button.append(title, when);
    button.addEventListener("click", () => choose(name));
    line.append(button);
    return line;
  }));
}

export function showLegend(legend, product) {
  const { vmin, vmax, stops, ticks, labels, interpolate, units } = legend;
  const canvas = document.createElement("canvas"), width = (canvas.width = 300);
  canvas.height = 12;
  const pen = canvas.getContext("2d"), at = (value) => ((value - vmin) / (vmax - vmin)) * width;
  if (interpolate) {
    const gradient = pen.createLinearGradient(0, 0, width, 0);
    for (const [value, colour] of stops) gradient.addColorStop(Math.min(1, Math.max(0, at(value) / width)), colour);
    pen.fillStyle = gradient;
    pen.fillRect(0, 0, width, 12);
  } else stops.forEach(([value, colour]) => { pen.fillStyle = colour; pen.fillRect(at(value), 0, width, 12); });
  const row = document.createElement("div"), title = document.createElement("div");
  row.className = "ticks";
  title.className = "title";
  title.textContent = `${product.title}${units && units !== "1" ? ` (${units})` : ""}`;
  const step = Math.ceil(ticks.length / 8);
  row.append(...ticks.filter((_, i) => i % step === 0).map((tick, i) => {
    const mark = document.createElement("span");
    mark.textContent = labels?.[i * step] ?? tick;
    mark.style.left = `${(at(tick) / width) * 100}%`;
    return mark;
  }));
  byId("legend").replaceChildren(title, canvas, row);
}
