// The map: base lines, one image per frame of the loop, and the radars.
const COLOURS = {
  light: { back: "#eef1f3", coast: "#4a5a68", borders: "#5b4a68", provinces: "#a3adb6", lakes: "#7fa8c9" },
  dark: { back: "#0d1318", coast: "#8a9aa8", borders: "#b79cc4", provinces: "#3d4a55", lakes: "#3f6a8c" },
};
const THEMES = ["lakes", "provinces", "coast", "borders"];

export class View {
  constructor(element, at) {
    this.map = new maplibregl.Map({
      container: element, attributionControl: false, dragRotate: false, pitchWithRotate: false,
      center: at ? [at[0], at[1]] : [-64, -35], zoom: at ? at[2] : 4, maxZoom: 12, canvasContextAttributes: { preserveDrawingBuffer: true },
      style: {
        version: 8,
        sources: { base: { type: "geojson", data: new URL("basemap.json", location.href).href } },
        layers: [
          { id: "back", type: "background" },
          ...THEMES.map((theme) => ({ id: theme, type: "line", source: "base", filter: ["==", "theme", theme],
            paint: { "line-width": theme === "provinces" ? 0.8 : 1.3 } })),
        ],
      },
    });
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new maplibregl.ScaleControl(), "bottom-left");
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disable(); // the arrows step through the loop
    this.frames = new Map();
    this.sites = [];
    this.ready = new Promise((done) => this.map.once("load", done));
  }

  paint(theme) {
    const colours = COLOURS[theme];
    this.map.setPaintProperty("back", "background-color", colours.back);
    for (const name of THEMES) this.map.setPaintProperty(name, "line-color", colours[name]);
  }

  // Keep the images of these frames and no others; the rest of memory is given back.
  load(frames) {
    const wanted = new Set(frames.map(key));
    for (const id of [...this.frames.keys()].filter((id) => !wanted.has(id))) {
      this.map.removeLayer(id);
      this.map.removeSource(id);
      this.frames.delete(id);
    }
  }

  show(frame, opacity) {
    if (!frame) return;
    this.add(frame);
    const shown = key(frame);
    for (const id of this.frames.keys()) this.map.setPaintProperty(id, "raster-opacity", id === shown ? opacity : 0);
  }

  add(frame) {
    const id = key(frame), [west, south, east, north] = frame.bounds_wgs84;
    if (this.frames.has(id)) return;
    const coordinates = [[west, north], [east, north], [east, south], [west, south]];
    this.map.addSource(id, { type: "image", url: new URL(frame.png, location.href).href, coordinates });
    this.map.addLayer({ id, type: "raster", source: id,
      paint: { "raster-opacity": 0, "raster-fade-duration": 0, "raster-resampling": "nearest" } }, "provinces");
    this.frames.set(id, frame);
  }

  fit(frame) {
    const [west, south, east, north] = frame.bounds_wgs84;
    this.map.fitBounds([[west, south], [east, north]], { padding: 40, animate: false });
  }

  mark(owners, isOld) {
    for (const site of this.sites) site.remove();
    this.sites = Object.entries(owners).filter(([, item]) => item.position).map(([name, item]) => {
      const element = document.createElement("div");
      element.className = isOld(item) ? "site old" : "site";
      element.textContent = name;
      return new maplibregl.Marker({ element, anchor: "left" }).setLngLat(item.position).addTo(this.map);
    });
  }
}

const key = (frame) => `frame:${frame.png}`;
