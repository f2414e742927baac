// The page: what is chosen, what is shown, and what follows from a key or a click.
import { framesOf, latest, valueAt, watch } from "./data.js";
import { Loop } from "./loop.js";
import { byId, isOld, options, showAge, showLegend, showRadars, showTime } from "./panels.js";
import { readState, writeState } from "./state.js";
import { text, translate } from "./texts.js";
import { View } from "./view.js";

const FIRST = ["COLMAX", "COLMAXo", "DBZH", "DBZHo"];
const state = readState();
const view = new View("map", state.at);
const loop = new Loop(show);
let owners = {}, popup = null, asked = 0;

function show() {
  const frame = loop.frame;
  view.show(frame, state.opacity);
  showTime(frame, state);
  byId("slider").max = Math.max(0, loop.frames.length - 1);
  byId("slider").value = loop.index;
  byId("slider").setAttribute("aria-valuetext", byId("time").textContent);
  byId("count").textContent = `${loop.frames.length ? loop.index + 1 : 0}/${loop.frames.length}`;
  byId("play").textContent = loop.isPlaying ? "⏸" : "▶";
  document.body.dataset.frame = frame?.time ?? "";
  if (!loop.isPlaying) { state.time = !frame || loop.isNewest ? null : frame.time; writeState(state); }
}

function message(name) {
  byId("message").hidden = !name;
  byId("message").textContent = name ? text(state.language, name) : "";
}

function settle() {
  const names = Object.keys(owners).filter((name) => owners[name].newest);
  if (!names.includes(state.owner)) state.owner = names.find((name) => owners[name].kind === "composite") ?? names[0];
  const products = Object.keys(owners[state.owner].products).filter((name) => owners[state.owner].products[name].png);
  if (!products.includes(state.product)) state.product = FIRST.find((name) => products.includes(name)) ?? products[0];
  options(byId("owner"), names.map((name) => [name, owners[name].title ? `${name} · ${owners[name].title}` : name]), state.owner);
  options(byId("product"), products.map((name) => [name, `${name} · ${owners[state.owner].products[name].title}`]), state.product);
}

async function refresh({ fit = false } = {}) {
  const turn = ++asked;
  try {
    owners = await latest();
    if (!Object.values(owners).some((item) => item.newest)) return message("none");
    settle();
    labels();
    const newest = owners[state.owner].products[state.product];
    if (!newest) { view.load([]); loop.set([], null); return message("none"); }
    showLegend(newest.legend, newest);
    if (fit && !state.at) view.fit(newest);
    if (fit) { view.show(newest, state.opacity); showTime(newest, state); }
    const frames = await framesOf(state.owner, state.product, newest.time, Number(state.hours));
    if (turn !== asked) return;
    view.load(frames);
    loop.frames = frames;
    if (loop.isPlaying) loop.go(Math.min(loop.index, frames.length - 1));
    else loop.set(frames, state.time);
    frames.forEach((frame) => view.add(frame));
    message(null);
  } catch (error) {
    message("lost");
    console.error(error);
  }
}

function labels() {
  translate(state.language);
  document.documentElement.dataset.theme = state.theme;
  view.paint(state.theme);
  byId("language").textContent = text(state.language, "other");
  byId("zone").textContent = state.zone === "utc" ? text(state.language, "local") : "UTC";
  byId("theme").textContent = text(state.language, state.theme === "dark" ? "light" : "dark");
  const product = owners[state.owner]?.products[state.product];
  if (product) showAge(product.time, state);
  showRadars(owners, state, (name) => choose("owner", name));
  view.mark(owners, isOld);
  showTime(loop.frame, state);
  writeState(state);
}

function choose(name, value) {
  state[name] = value;
  loop.stop();
  refresh();
}

function toggle(name, one, other) {
  state[name] = state[name] === one ? other : one;
  labels();
}

async function ask(place) {
  const frame = loop.frame;
  if (!frame) return;
  const found = await valueAt(state.owner, frame, place).catch(() => null);
  const words = !found ? text(state.language, "noValue")
    : found.state === "value" ? `${Number(found.value.toFixed(2))} ${found.units === "1" ? "" : found.units}`
    : text(state.language, found.state);
  popup?.remove();
  popup = new maplibregl.Popup().setLngLat(place).setText(`${frame.product}: ${words}`).addTo(view.map);
  document.body.dataset.value = found ? `${found.state} ${found.value}` : "";
}

function wire() {
  const playing = () => { loop.isPlaying ? (loop.stop(), show()) : loop.play(Number(state.speed)); };
  for (const name of ["owner", "product", "hours"]) byId(name).addEventListener("change", (event) => choose(name, event.target.value));
  byId("hours").value = state.hours;
  byId("speed").value = state.speed;
  byId("opacity").value = state.opacity;
  byId("speed").addEventListener("change", (event) => { state.speed = event.target.value; if (loop.isPlaying) loop.play(Number(state.speed)); });
  byId("opacity").addEventListener("input", (event) => { state.opacity = Number(event.target.value); show(); });
  byId("slider").addEventListener("input", (event) => { loop.stop(); loop.go(Number(event.target.value)); });
  byId("back").addEventListener("click", () => loop.step(-1));
  byId("next").addEventListener("click", () => loop.step(1));
  byId("play").addEventListener("click", playing);
  byId("language").addEventListener("click", () => toggle("language", "en", "es"));
  byId("zone").addEventListener("click", () => toggle("zone", "utc", "local"));
  byId("theme").addEventListener("click", () => toggle("theme", "light", "dark"));
  document.addEventListener("keydown", (event) => {
    if (["SELECT", "INPUT", "BUTTON", "SUMMARY"].includes(event.target.tagName)) return;
    const action = { " ": playing, ArrowLeft: () => loop.step(-1), ArrowRight: () => loop.step(1) }[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  view.map.on("click", (event) => ask(event.lngLat));
  view.map.on("moveend", (event) => {
    if (!event.originalEvent) return;
    const { lng, lat } = view.map.getCenter();
    state.at = [lng.toFixed(3), lat.toFixed(3), view.map.getZoom().toFixed(2)];
    writeState(state);
  });
}

if (matchMedia("(max-width: 640px)").matches) byId("radars-box").open = false;
wire();
await view.ready;
await refresh({ fit: true });
watch(() => refresh());
setInterval(labels, 30_000); // ages grow
Object.assign(window, { radarMap: { view, loop, ask } });
