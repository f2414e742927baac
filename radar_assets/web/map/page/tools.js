// What the server computes at a place: values, time series, distances with vertical sections.
import { clock } from "./ages.js";
import { ask } from "./data.js";
import { bearing, distance } from "./geodesy.js";
import { colourOf } from "./legend.js";
import { element } from "./panels.js";
import { text } from "./texts.js";

const words = (found, language) => found.state === "value"
  ? found.label ?? `${Number(found.value.toFixed(2))} ${found.units === "1" ? "" : found.units ?? ""}`.trim()
  : text(language, found.state);

// Value at a place in words, and as the API has it.
export async function valueAt(owner, frame, { lng, lat }, language) {
  const found = await ask("value", { owner, product: frame.product, time: frame.time, lon: lng, lat });
  return { found, words: found?.state ? words(found, language) : found?.problem ?? text(language, "noValue") };
}

// Height of the lowest beam above a place, of a radar.
export async function beamAt(radar, time, { lng, lat }, language) {
  const found = await ask("gate", { radar, time, lon: lng, lat });
  return found?.height === undefined ? "" : `${text(language, "gate")} ${Math.round(found.height)} m (${(found.range / 1000).toFixed(0)} km)`;
}

export async function series(owner, product, frames, { lng, lat }, state) {
  const query = { owner, product, lon: lng, lat, first: frames[0].time, last: frames.at(-1).time };
  const found = await ask("series", query);
  if (!found?.moments) return element("p", { textContent: found?.problem ?? text(state.language, "noValue") });
  const { moments, units } = found, canvas = chart(moments, `${product} ${units === "1" ? "" : units}`);
  const rows = moments.map((item) => element("tr", {}, element("td", { textContent: clock(item.time, state.zone, state.language) }),
    element("td", { textContent: words({ ...item, units }, state.language) })));
  const head = element("tr", {}, ...["time", "value"].map((name) => element("th", { textContent: text(state.language, name) })));
  const table = element("details", {}, element("summary", { textContent: text(state.language, "value") }), element("table", {}, head, ...rows));
  return element("div", { className: "series" }, element("h2", { textContent: `${owner} ${product} · ${lat.toFixed(3)}, ${lng.toFixed(3)}` }), canvas, table);
}

function chart(moments, label) {
  const canvas = element("canvas", { width: 420, height: 140 }), pen = canvas.getContext("2d");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const values = moments.map(({ value }) => value).filter((value) => value !== null);
  const low = Math.min(0, ...values), high = Math.max(low + 1, ...values);
  const x = (i) => 40 + (i * 370) / Math.max(1, moments.length - 1), y = (value) => 120 - ((value - low) / (high - low)) * 105;
  const colours = getComputedStyle(document.body);
  pen.fillStyle = pen.strokeStyle = colours.color;
  pen.font = "11px system-ui";
  for (const value of [low, (low + high) / 2, high]) pen.fillText(Number(value.toFixed(1)), 2, y(value) + 4);
  moments.forEach(({ state, value }, i) => {
    if (state === "nodata" || state === "outside") { pen.fillStyle = "#888"; pen.fillRect(x(i) - 3, 12, 6, 110); return; } // not measured
    pen.fillStyle = colours.color;
    pen.beginPath();
    pen.arc(x(i), value === null ? 122 : y(value), 3, 0, 7);
    value === null ? pen.stroke() : pen.fill(); // hollow on the axis: no echo
  });
  for (const i of [0, moments.length - 1]) pen.fillText(moments[i].time.slice(11, 16), Math.min(x(i) - 12, 385), 137);
  return canvas;
}

export const measured = (from, to) => `${(distance(from, to) / 1000).toFixed(1)} km, ${Math.round(bearing(from, to))}°`;

// A section from one place to another, of a radar's newest volume up to a time.
export async function section(radar, time, [from, to], legend, state) {
  const title = element("h2", { textContent: measured(from, to) });
  const found = radar && await ask("section", { radar, time, lon: from[0], lat: from[1], to_lon: to[0], to_lat: to[1] });
  if (!found?.values) return element("div", {}, title, element("p", { textContent: found?.problem ?? text(state.language, "noValue") }));
  const about = `${text(state.language, "section")} ${found.volume} · ${found.field}`;
  return element("div", { className: "section" }, title, drawn(found, legend, about), element("p", { className: "small", textContent: about }));
}

function drawn(found, legend, about) {
  const canvas = element("canvas", { width: 480, height: 200 }), pen = canvas.getContext("2d");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", about);
  const width = 430 / found.distances.length, height = 170 / found.heights.length, colours = getComputedStyle(document.body);
  found.values.forEach((row, j) => row.forEach((value, i) => {
    pen.fillStyle = value === null ? "rgba(130,140,150,.45)" : value === found.undetect ? "transparent" : colourOf(legend, value) ?? "transparent";
    pen.fillRect(40 + i * width, 175 - (j + 1) * height, width + 0.5, height + 0.5);
  }));
  pen.fillStyle = colours.color;
  pen.font = "11px system-ui";
  const top = found.heights.at(-1) + found.heights[0];
  for (let km = 0; km * 1000 <= top; km += 4) pen.fillText(`${km} km`, 4, 179 - (km * 1000 / top) * 170);
  pen.fillText("0", 40, 192);
  pen.fillText(`${(found.length / 1000).toFixed(0)} km`, 440, 192);
  return canvas;
}
