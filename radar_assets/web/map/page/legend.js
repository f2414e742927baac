// The legend: colours with their values or classes, and the shade of what was not measured.
import { shadeOf } from "./picture.js";
import { text } from "./texts.js";
import { titled } from "./titles.js";

const WIDTH = 300, HEIGHT = 12;

export const heading = ({ title, units }, language) => `${titled(title, language)}${units && units !== "1" ? ` (${units})` : ""}`;

export function scale({ vmin, vmax, stops, interpolate }, width = WIDTH, height = HEIGHT) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d"), at = (value) => ((value - vmin) / (vmax - vmin)) * width;
  if (interpolate) {
    const gradient = pen.createLinearGradient(0, 0, width, 0);
    for (const [value, colour] of stops) gradient.addColorStop(Math.min(1, Math.max(0, at(value) / width)), colour);
    pen.fillStyle = gradient;
    pen.fillRect(0, 0, width, height);
  } else stops.forEach(([value, colour]) => { pen.fillStyle = colour; pen.fillRect(at(value), 0, width, height); });
  return canvas;
}

// Colour of a value, by the same rule as the pictures; null where it has none.
export function colourOf({ vmin, stops, interpolate, below }, value) {
  if (value < vmin && below === "transparent") return null;
  const index = stops.findLastIndex(([from]) => from <= value);
  if (index < 0) return interpolate ? stops[0][1] : null;
  if (!interpolate || index === stops.length - 1) return stops[index][1];
  const [[from, low], [to, high]] = [stops[index], stops[index + 1]], share = (value - from) / (to - from);
  const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `rgb(${[0, 1, 2].map((i) => Math.round(part(low, i) * (1 - share) + part(high, i) * share))})`;
}

// Ticks of which none is written over another.
function spaced(ticks, step, vmin, vmax) {
  let last = -Infinity;
  return ticks.filter((_, i) => i % step === 0).filter((tick) => {
    const isFree = (tick - last) / (vmax - vmin) > 0.09;
    if (isFree) last = tick;
    return isFree;
  });
}

function swatch(colour, words) {
  const item = document.createElement("span"), box = document.createElement("i");
  box.style.background = colour;
  item.className = "swatch";
  item.append(box, words);
  return item;
}

export function showLegend(element, product, { language, theme }, tellsNodata) {
  const { legend } = product, { vmin, vmax, ticks, labels, stops } = legend;
  const title = Object.assign(document.createElement("div"), { className: "title", textContent: heading(product, language) });
  const classes = document.createElement("div"), parts = [title];
  classes.className = "classes";
  if (labels?.length) classes.append(...stops.map(([, colour], i) => swatch(colour, titled(labels[i] ?? "", language))));
  else {
    const row = Object.assign(document.createElement("div"), { className: "ticks" }), step = Math.ceil(ticks.length / 8);
    row.append(...spaced(ticks, step, vmin, vmax).map((tick) => {
      const mark = Object.assign(document.createElement("span"), { textContent: tick });
      mark.style.left = `${((tick - vmin) / (vmax - vmin)) * 100}%`;
      return mark;
    }));
    parts.push(scale(legend), row);
  }
  classes.append(tellsNodata === false ? text(language, "unknownNodata") : swatch(shadeOf(theme), text(language, "nodata")));
  element.replaceChildren(...parts, classes);
}
