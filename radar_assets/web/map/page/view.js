// A map: base lines, the pictures of frames, radars and cities. Few pictures are decoded at a time.
import { picture, SHADES, shadeOf } from "./picture.js";

const COLOURS = {
  light: { back: "#eef1f3", coast: "#4a5a68", borders: "#5b4a68", provinces: "#a3adb6", lakes: "#7fa8c9", rings: "#0b62a8" },
  dark: { back: "#0d1318", coast: "#8a9aa8", borders: "#b79cc4", provinces: "#3d4a55", lakes: "#3f6a8c", rings: "#6ab4f0" },
};
const THEMES = ["lakes", "provinces", "coast", "borders"];
const BUDGET = 400e6; // bytes of decoded pictures
const EMPTY = { type: "FeatureCollection", features: [] };
// A frame above another is `plain`: what it does not measure, the one below may.
const keyOf = (frame) => `frame:${frame.png}?v=${frame.version ?? ""}${frame.plain ? "#plain" : ""}`;

export class View {
  constructor(element, at, theme) {
    this.theme = theme;
    this.map = new maplibregl.Map({
      container: element, attributionControl: false, dragRotate: false, pitchWithRotate: false, keyboard: false,
      center: at ? [at[0], at[1]] : [-64, -35], zoom: at ? at[2] : 4, maxZoom: 12, canvasContextAttributes: { preserveDrawingBuffer: true },
      style: {
        version: 8,
        sources: {
          base: { type: "geojson", data: new URL("basemap.json", location.href).href },
          beyond: { type: "geojson", data: EMPTY }, rings: { type: "geojson", data: EMPTY }, drawn: { type: "geojson", data: EMPTY },
        },
        layers: [
          { id: "back", type: "background" },
          { id: "beyond", type: "fill", source: "beyond", paint: { "fill-antialias": false } },
          ...THEMES.map((theme) => ({ id: theme, type: "line", source: "base", filter: ["==", "theme", theme],
            paint: { "line-width": theme === "provinces" ? 0.8 : 1.3 } })),
          { id: "rings", type: "line", source: "rings", paint: { "line-width": 1, "line-dasharray": [4, 3] } },
          { id: "drawn", type: "line", source: "drawn", paint: { "line-width": 2.5 } },
        ],
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.pictures = new Map(); // by key: a promise of { url, size, tellsNodata }
    this.loaded = new Map(); // by key: { frame, promise, size }
    this.shown = [];
    this.markers = { sites: [], cities: [] };
    this.ready = new Promise((done) => this.map.once("load", done));
  }

  paint(theme) {
    const colours = COLOURS[theme];
    this.map.setPaintProperty("back", "background-color", colours.back);
    this.map.setPaintProperty("beyond", "fill-color", shadeOf(theme));
    for (const name of [...THEMES, "rings"]) this.map.setPaintProperty(name, "line-color", colours[name]);
    this.map.setPaintProperty("drawn", "line-color", colours.rings);
    if (theme === this.theme) return;
    this.theme = theme; // pictures are shaded anew
    this.keep([]);
  }

  // Give back the pictures of all frames but these.
  keep(frames) {
    const wanted = new Set(frames.map(keyOf));
    for (const id of [...this.loaded.keys()]) if (!wanted.has(id)) this.unload(id);
    for (const [id, made] of [...this.pictures]) {
      if (wanted.has(id)) continue;
      made.then(({ url }) => URL.revokeObjectURL(url), () => {});
      this.pictures.delete(id);
    }
  }

  unload(id) {
    if (this.map.getLayer(id)) this.map.removeLayer(id);
    if (this.map.getSource(id)) this.map.removeSource(id);
    this.loaded.delete(id);
  }

  fetched(frame) {
    const id = keyOf(frame);
    if (!this.pictures.has(id)) {
      const made = picture(`${frame.png}?v=${frame.version ?? ""}`, frame.plain ? null : SHADES[this.theme]);
      made.catch(() => this.pictures.delete(id));
      this.pictures.set(id, made);
    }
    return this.pictures.get(id);
  }

  // Resolves once a frame can be shown at once; rejects where its picture cannot be had.
  load(frame) {
    const id = keyOf(frame);
    if (!this.loaded.has(id)) {
      const entry = { frame, size: 0 };
      entry.promise = this.added(id, frame, entry);
      entry.promise.catch(() => this.unload(id));
      this.loaded.set(id, entry);
    }
    return this.loaded.get(id).promise;
  }

  async added(id, frame, entry) {
    const { url, size, tellsNodata } = await this.fetched(frame);
    if (this.loaded.get(id) !== entry) return { tellsNodata }; // given up meanwhile
    entry.size = size;
    const [west, south, east, north] = frame.bounds_wgs84;
    const done = new Promise((resolve) => {
      const check = (event) => {
        if (event.sourceId !== id || !this.map.isSourceLoaded(id)) return;
        this.map.off("sourcedata", check);
        resolve();
      };
      this.map.on("sourcedata", check);
    });
    this.map.addSource(id, { type: "image", url, coordinates: [[west, north], [east, north], [east, south], [west, south]] });
    this.map.addLayer({ id, type: "raster", source: id,
      paint: { "raster-opacity": 0, "raster-opacity-transition": { duration: 0 }, "raster-fade-duration": 0, "raster-resampling": "nearest" } }, "provinces");
    await done;
    return { tellsNodata };
  }

  // Show frames, the lowest first; all must be loaded.
  show(wanted) {
    const ids = wanted.map(({ frame }) => keyOf(frame));
    for (const id of this.shown) if (!ids.includes(id) && this.map.getLayer(id)) this.map.setPaintProperty(id, "raster-opacity", 0);
    wanted.forEach(({ opacity }, index) => {
      if (!this.map.getLayer(ids[index])) return;
      this.map.setPaintProperty(ids[index], "raster-opacity", opacity);
      if (ids.length > 1) this.map.moveLayer(ids[index], "provinces");
    });
    this.shown = ids;
    this.map.setPaintProperty("beyond", "fill-opacity", wanted[0]?.opacity ?? 1);
    this.shade(wanted[0]?.frame);
  }

  // Decode what comes next, as far as memory allows, and drop what lies farthest.
  ahead(steps) {
    const kept = new Set(this.shown), each = Math.max(4e6, ...[...this.loaded.values()].map(({ size }) => size));
    for (const step of steps) {
      if (kept.size && (kept.size + step.length) * each > BUDGET) break;
      for (const frame of step) { kept.add(keyOf(frame)); this.load(frame).catch(() => {}); }
    }
    for (const id of [...this.loaded.keys()]) if (!kept.has(id)) this.unload(id);
  }

  // The world beyond the edges of a map was not measured either.
  shade(frame) {
    const edges = frame?.bounds_wgs84.join();
    if (edges === this.edges) return;
    this.edges = edges;
    const [west, south, east, north] = frame?.bounds_wgs84 ?? [];
    const hole = frame ? [[[west, south], [west, north], [east, north], [east, south], [west, south]]] : [];
    const world = [[-180, -85], [180, -85], [180, 85], [-180, 85], [-180, -85]];
    this.map.getSource("beyond").setData({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [world, ...hole] } });
  }

  fit(frame) {
    const [west, south, east, north] = frame.bounds_wgs84;
    this.map.fitBounds([[west, south], [east, north]], { padding: 40, animate: false });
  }

  draw(source, features) {
    this.map.getSource(source).setData({ type: "FeatureCollection", features });
  }

  // Names at places: [name, [lon, lat], class].
  mark(kind, places) {
    for (const marker of this.markers[kind]) marker.remove();
    this.markers[kind] = places.map(([name, position, className]) => {
      const element = document.createElement("div");
      element.className = className;
      element.textContent = name;
      element.setAttribute("aria-hidden", "true"); // the list of radars says the same
      return new maplibregl.Marker({ element, anchor: "left" }).setLngLat(position).addTo(this.map);
    });
  }
}
