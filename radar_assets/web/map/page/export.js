// Pictures and animations to keep: the map as it is shown, with legend, time and names.
import { clock } from "./ages.js";
import { heading, scale } from "./legend.js";
import { animation } from "./png.js";
import { text } from "./texts.js";

const BAND = 64;

// The map and a band below it, as a canvas; `view` has just been drawn.
async function composed(view, product, frame, state, longest) {
  await new Promise((done) => { view.map.once("render", done); view.map.triggerRepaint(); });
  const from = view.map.getCanvas(), factor = Math.min(1, longest / Math.max(from.width, from.height));
  const width = Math.round(from.width * factor), height = Math.round(from.height * factor);
  const canvas = Object.assign(document.createElement("canvas"), { width, height: height + BAND });
  const pen = canvas.getContext("2d"), dark = state.theme === "dark";
  pen.fillStyle = dark ? "#141b22" : "#fff";
  pen.fillRect(0, 0, width, height + BAND);
  pen.drawImage(from, 0, 0, width, height);
  pen.fillStyle = dark ? "#e8eef3" : "#16202a";
  pen.font = "bold 15px system-ui";
  pen.fillText(`${frame ? clock(frame.time, state.zone, state.language) : ""} · ${state.owner}`, 10, height + 20);
  pen.font = "12px system-ui";
  pen.fillText(`${heading(product, state.language)} · ${text(state.language, "nodata")}: ░`, 10, height + 36);
  const { legend } = product, wide = Math.min(360, width - 20);
  pen.drawImage(scale(legend, wide, 8), 10, height + 42);
  const labels = legend.labels?.length ? legend.stops.map(([value], i) => [value, legend.labels[i]]) : legend.ticks.map((tick) => [tick, tick]);
  const step = Math.ceil(labels.length / 9);
  labels.filter((_, i) => i % step === 0).forEach(([value, label]) =>
    pen.fillText(label, 10 + ((value - legend.vmin) / (legend.vmax - legend.vmin)) * (wide - 12), height + 61));
  return canvas;
}

const blob = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

export async function pictureOf(view, product, frame, state) {
  return blob(await composed(view, product, frame, state, 4096));
}

// Every frame of the loop as an APNG; `go` shows the frame of an index.
export async function animationOf(view, product, frames, state, go) {
  const pictures = [];
  for (let index = 0; index < frames.length; index += 1) {
    await go(index);
    const made = await blob(await composed(view, product, frames[index], state, 900));
    pictures.push(new Uint8Array(await made.arrayBuffer()));
  }
  return new Blob([animation(pictures, Number(state.speed))], { type: "image/png" });
}

export function keep(content, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
