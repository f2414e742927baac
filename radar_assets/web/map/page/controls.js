// What buttons, keys and clicks do.
import { byId, element } from "./panels.js";
import { text } from "./texts.js";

const CITIES = [3.5, 5.5, 6.8]; // zooms from which cities of a rank are named

export function wire(page) {
  const { state, view, loop } = page;
  const playing = () => { loop.isPlaying ? (loop.stop(), loop.show()) : loop.play(Number(state.speed)); };
  const on = (name, event, action) => byId(name).addEventListener(event, action);
  for (const [name, key] of [["owner", "owner"], ["product", "product"], ["hours", "hours"], ["compare", "compare"], ["back-by", "back"]]) {
    on(name, "change", (event) => page.choose(key, event.target.value));
  }
  for (const name of ["hours", "speed", "opacity"]) byId(name).value = state[name];
  on("speed", "change", (event) => { state.speed = event.target.value; if (loop.isPlaying) loop.play(Number(state.speed)); });
  on("opacity", "input", (event) => { state.opacity = Number(event.target.value); page.show(); });
  on("slider", "input", (event) => { loop.stop(); loop.go(Number(event.target.value)); });
  on("back", "click", () => loop.step(-1));
  on("next", "click", () => loop.step(1));
  on("play", "click", playing);
  on("language", "click", () => page.toggle("language", "en", "es"));
  on("zone", "click", () => page.toggle("zone", "utc", "local"));
  on("theme", "click", () => page.toggle("theme", "light", "dark"));
  on("rings", "click", () => { state.rings = state.rings ? "" : "1"; page.labels(); });
  on("add", "click", () => page.layer((list) => list.push({ owner: state.owner, product: state.product, opacity: 0.85 }), true));
  const places = new Places(page);
  on("measure", "click", () => places.start());
  on("close", "click", () => places.close());
  on("save", "click", () => exported(page, false));
  on("movie", "click", () => exported(page, true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return places.close();
    if (event.ctrlKey || event.metaKey || event.altKey || ["SELECT", "INPUT", "BUTTON", "SUMMARY"].includes(event.target.tagName)) return undefined;
    const action = {
      " ": playing, ArrowLeft: () => loop.step(-1), ArrowRight: () => loop.step(1), Home: () => { loop.stop(); loop.go(0); },
      End: () => { loop.stop(); loop.go(loop.frames.length - 1); }, "+": () => view.map.zoomIn(), "-": () => view.map.zoomOut(),
      m: () => places.start(), r: () => byId("rings").click(),
    }[event.key];
    if (action) { event.preventDefault(); action(); }
    return undefined;
  });
  view.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
  view.map.addControl(new maplibregl.ScaleControl(), "bottom-left");
  view.map.on("click", (event) => places.click(event.lngLat));
  view.map.on("moveend", (event) => {
    if (!event.originalEvent) return;
    const { lng, lat } = view.map.getCenter();
    state.at = [lng.toFixed(3), lat.toFixed(3), view.map.getZoom().toFixed(2)];
    page.loop.show();
  });
  named(view);
  page.ask = (place) => places.value(place); // for scripts
  page.section = (from, to) => places.section([[from.lng, from.lat], [to.lng, to.lat]]);
}

async function named(view) {
  const cities = await (await fetch("cities.json")).json();
  let rank = null;
  const mark = () => {
    const now = CITIES.filter((zoom) => view.map.getZoom() >= zoom).length;
    if (now === rank) return;
    rank = now;
    view.mark("cities", cities.filter(([, , , of]) => of < rank).map(([name, lon, lat]) => [name, [lon, lat], "city"]));
  };
  view.map.on("zoomend", mark);
  mark();
}

async function exported(page, moves) {
  const { view, product, loop, state } = page;
  if (!product || !loop.frame) return;
  const { animationOf, keep, pictureOf } = await import("./export.js");
  loop.stop();
  const index = loop.index, name = `${state.owner}_${state.product}_${loop.frame.time.replaceAll(":", "")}`;
  if (moves) page.message("making");
  const made = moves ? await animationOf(view, product, loop.frames, state, (i) => loop.go(i)) : await pictureOf(view, product, loop.frame, state);
  if (moves) { page.message(null); await loop.go(index); }
  page.exported = made;
  keep(made, `${name}.png`);
}

// Clicks on the map: a value, or the two ends of a section.
class Places {
  constructor(page) { Object.assign(this, { page, popup: null, ends: null }); }

  start() {
    this.ends = this.ends ? null : [];
    byId("measure").setAttribute("aria-pressed", String(Boolean(this.ends)));
    this.page.view.map.getCanvas().style.cursor = this.ends ? "crosshair" : "";
    if (this.ends) this.result(element("p", { textContent: text(this.page.state.language, "first") }));
  }

  click(place) {
    if (!this.ends) return this.value(place);
    this.ends.push([place.lng, place.lat]);
    if (this.ends.length < 2) return this.result(element("p", { textContent: text(this.page.state.language, "second") }));
    const { ends } = this;
    this.start();
    return this.section(ends);
  }

  async section(ends) {
    const { page } = this, { state, owners } = page, { section } = await import("./tools.js"), { distance } = await import("./geodesy.js");
    page.view.draw("drawn", [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ends } }]);
    const middle = [(ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2];
    const near = Object.entries(owners).filter(([, item]) => item.position && item.newest)
      .sort(([, a], [, b]) => distance(a.position, middle) - distance(b.position, middle));
    const radar = page.item?.kind === "radar" ? state.owner : near[0]?.[0];
    const legend = Object.values(owners).map(({ products }) => products.COLMAX ?? products.DBZH ?? products.DBZHo ?? products.COLMAXo).find(Boolean)?.legend;
    this.result(await section(radar, page.loop.frame?.time, ends, legend ?? page.product.legend, state));
    document.body.dataset.section = radar ?? "";
  }

  async value(place) {
    const { page } = this, { state, loop } = page, frame = loop.frame;
    if (!frame) return;
    const { beamAt, series, valueAt } = await import("./tools.js");
    const { found, words } = await valueAt(state.owner, frame, place, state.language);
    this.popup?.remove();
    const beam = element("div", { className: "small" }), more = element("button", { type: "button", textContent: text(state.language, "series") });
    more.addEventListener("click", async () => this.result(await series(state.owner, state.product, loop.frames, place, state)));
    const body = element("div", {}, element("strong", { textContent: `${frame.product}: ${words}` }), beam, more);
    this.popup = new maplibregl.Popup().setLngLat(place).setDOMContent(body).addTo(page.view.map);
    document.body.dataset.value = found?.state ? `${found.state} ${found.value}` : "";
    if (page.item?.kind === "radar" && found?.state) beam.textContent = await beamAt(state.owner, frame.time, place, state.language);
  }

  result(content) {
    byId("result").hidden = false;
    byId("result-body").replaceChildren(content);
  }

  close() {
    byId("result").hidden = true;
    this.popup?.remove();
    this.page.view.draw("drawn", []);
    if (this.ends) this.start();
    byId("result").hidden = true;
  }
}
