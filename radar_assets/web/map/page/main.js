// The page: what is chosen, what is shown, and what follows from a new map.
import { isOld, stateOf } from "./ages.js";
import { Comparison } from "./compare.js";
import { framesOf, latest, watch } from "./data.js";
import { wire } from "./controls.js";
import { Layers } from "./layers.js";
import { heading, showLegend } from "./legend.js";
import { Loop } from "./loop.js";
import { byId, options, showAge, showLayers, showRadars, showTime } from "./panels.js";
import { readState, writeState } from "./state.js";
import { text, translate } from "./texts.js";
import { titled } from "./titles.js";
import { View } from "./view.js";

const FIRST = ["COLMAX", "COLMAXo", "DBZH", "DBZHo"];

class Page {
  constructor() {
    this.state = readState();
    this.view = new View("map", this.state.at, null);
    this.loop = new Loop((frame) => this.prepare(frame), () => this.show());
    this.layers = new Layers();
    this.comparison = new Comparison(this.view);
    this.owners = {};
    this.asked = 0;
  }

  get item() { return this.owners[this.state.owner]; }
  get product() { return this.item?.products[this.state.product]; }

  // All that is drawn with a frame of the loop, the lowest first.
  drawn(frame) {
    if (!frame) return [];
    return [{ frame, opacity: this.state.opacity }, ...this.layers.shown(this.state.layers, frame.time, this.owners)];
  }

  async prepare(frame) {
    if (!frame) return;
    try {
      const [{ tellsNodata }] = await Promise.all(this.drawn(frame).map((item) => this.view.load(item.frame)));
      await this.comparison.prepare(frame.time, Number(this.state.back));
      frame.tellsNodata = tellsNodata;
      delete frame.fault;
    } catch (error) {
      console.error(error);
      frame.fault = true;
    }
  }

  show() {
    const { loop, state } = this, frame = loop.frame, drawn = this.drawn(frame);
    this.view.show(drawn);
    this.comparison.show(frame?.time, state);
    const count = loop.frames.length;
    this.view.ahead(loop.frames.map((_, i) => this.drawn(loop.frames[(loop.index + i) % count]).map((item) => item.frame)));
    showTime(frame, state);
    if (frame?.tellsNodata !== this.told) { this.told = frame?.tellsNodata; this.legend(); }
    byId("slider").max = Math.max(0, count - 1);
    byId("slider").value = loop.index;
    byId("slider").setAttribute("aria-valuetext", byId("time").textContent);
    byId("count").textContent = `${count ? loop.index + 1 : 0}/${count}`;
    byId("play").textContent = loop.isPlaying ? "⏸" : "▶";
    byId("play").setAttribute("aria-pressed", String(loop.isPlaying));
    document.body.dataset.frame = frame?.time ?? "";
    if (frame?.fault) this.message("noPicture", `${frame.time}: `);
    else if (byId("message").dataset.name === "noPicture") this.message(null);
    this.note(frame);
    if (!loop.isPlaying) { state.time = !frame || loop.isNewest ? null : frame.time; writeState(state); }
  }

  // What a composite lacks at this time, and which layers have nothing then.
  note(frame) {
    if (this.product) showAge(this.item, this.product, frame, this.state);
    for (const element of document.querySelectorAll("#layers .note")) {
      const [owner, product] = element.dataset.layer.split(":");
      element.textContent = frame && this.layers.at({ owner, product }, frame.time, this.owners) ? "" : text(this.state.language, "noMap");
    }
  }

  message(name, before = "") {
    byId("message").hidden = !name;
    byId("message").dataset.name = name ?? "";
    byId("message").textContent = name ? before + text(this.state.language, name) : "";
  }

  // Choose what exists where what was chosen does not.
  settle() {
    const { state, owners } = this, names = Object.keys(owners).filter((name) => owners[name].newest);
    if (!names.includes(state.owner)) state.owner = names.find((name) => owners[name].kind === "composite") ?? names[0];
    const products = Object.keys(this.item.products).filter((name) => this.item.products[name].png);
    if (!products.includes(state.product)) state.product = FIRST.find((name) => products.includes(name)) ?? products[0];
    if (!products.includes(state.compare)) state.compare = "";
    options(byId("owner"), names.map((name) => [name, owners[name].title ? `${name} · ${owners[name].title}` : name]), state.owner);
    this.titles = products.map((name) => [name, `${name} · ${titled(this.item.products[name].title, state.language)}`]);
    options(byId("product"), this.titles, state.product);
    options(byId("compare"), [["", text(state.language, "off2")], ...this.titles], state.compare);
    const back = (minutes) => `${minutes} ${text(state.language, "min")} ${text(state.language, "earlier")}`;
    options(byId("back-by"), [["0", text(state.language, "now")], ...["10", "30", "60", "120"].map((item) => [item, back(item)])], state.back);
  }

  async refresh({ fit = false } = {}) {
    const turn = ++this.asked, { state, view, loop } = this;
    try {
      this.owners = await latest();
      if (turn !== this.asked) return;
      if (!Object.values(this.owners).some((item) => item.newest)) { this.message("none"); this.labels(); return; }
      this.settle();
      this.labels();
      if (!this.product) { view.keep([]); await loop.set([], null); this.message("none"); return; }
      if (fit && !state.at) view.fit(this.product);
      if (fit && !state.time) await loop.set([{ ...this.product }], null); // at once, before the loop is read
      const frames = await framesOf(state.owner, state.product, this.product.time, Number(state.hours));
      await this.layers.read(state.layers, this.owners, this.product.time, state.hours);
      await this.comparison.read(state, this.owners, this.product.time);
      if (turn !== this.asked) return;
      this.labels();
      view.keep(frames.flatMap((frame) => this.drawn(frame).map((item) => item.frame)));
      const playing = loop.isPlaying, index = loop.index;
      loop.frames = frames;
      if (playing) await loop.go(Math.min(index, frames.length - 1));
      else await loop.set(frames, state.time);
      if (byId("message").dataset.name !== "noPicture") this.message(null);
      for (const frame of frames) for (const item of this.drawn(frame)) view.fetched(item.frame).catch(() => {});
    } catch (error) {
      this.message(error.damaged ? "damaged" : "lost");
      console.error(error);
    }
  }

  legend() {
    if (this.product) showLegend(byId("legend"), this.product, this.state, this.told);
    this.comparison.legend(this.state);
  }

  // Everything in words: after another language, zone or theme, and as ages grow.
  labels() {
    const { state, view } = this;
    translate(state.language);
    document.documentElement.dataset.theme = state.theme;
    view.paint(state.theme);
    byId("language").textContent = text(state.language, "other");
    byId("zone").textContent = state.zone === "utc" ? text(state.language, "local") : "UTC";
    byId("theme").textContent = text(state.language, state.theme === "dark" ? "light" : "dark");
    this.legend();
    this.note(this.loop.frame);
    document.title = this.product ? `${state.owner} · ${heading(this.product, state.language)}` : "Radar";
    showRadars(this.owners, state, (name, value) => this.choose(name, value));
    showLayers(state.layers, this.owners, state, (change, isOrder) => this.layer(change, isOrder));
    const sites = Object.entries(this.owners).filter(([, item]) => item.position);
    const names = sites.map(([name, item]) => [name, item.position, isOld(item) ? "site old" : `site ${stateOf(item)}`]);
    for (const shown of [view, this.comparison.view]) shown?.mark("sites", names);
    this.rings();
    showTime(this.loop.frame, state);
    writeState(state);
  }

  rings() {
    byId("rings").setAttribute("aria-pressed", String(Boolean(this.state.rings)));
    const sites = Object.values(this.owners).filter((item) => item.position && (this.item?.kind !== "radar" || item === this.item));
    if (!this.state.rings) { this.view.draw("rings", []); return; }
    import("./geodesy.js").then(({ ring }) => this.view.draw("rings", sites.flatMap(({ position }) => [60, 120, 180, 240].map((km) => ring(position, km * 1000)))));
  }

  choose(name, value) {
    this.state[name] = value;
    this.loop.stop();
    return this.refresh();
  }

  toggle(name, one, other) {
    this.state[name] = this.state[name] === one ? other : one;
    if (name === "language") this.settle();
    this.labels();
    if (name === "theme") this.refresh();
  }

  // Change the list of layers; `isOrder` when there are others, or in another order.
  layer(change, isOrder) {
    change(this.state.layers);
    if (isOrder) return this.refresh();
    writeState(this.state);
    return this.show();
  }
}

const page = new Page();
window.radarMap = page;
if (matchMedia("(max-width: 640px)").matches) byId("radars-box").open = false;
wire(page);
await page.view.ready;
await page.refresh({ fit: true });
watch(() => page.refresh());
setInterval(() => page.labels(), 30_000); // ages grow
