// Two maps side by side of a divider: another product, or the same at an earlier time.
import { clock } from "./ages.js";
import { framesOf } from "./data.js";
import { showLegend } from "./legend.js";
import { View } from "./view.js";
import { byId } from "./panels.js";
import { text } from "./texts.js";

export class Comparison {
  constructor(main) {
    this.main = main;
    this.view = null;
    this.frames = [];
    byId("divider").addEventListener("input", () => this.divide());
  }

  get isOn() { return !byId("beside").hidden; }

  async read(state, owners, newest) {
    const wanted = owners[state.owner]?.products[state.compare];
    byId("beside").hidden = byId("divider").hidden = !wanted;
    if (!wanted) { this.frames = []; byId("time-beside").textContent = ""; this.view?.keep([]); return; }
    this.frames = await framesOf(state.owner, state.compare, newest, Number(state.hours) + Number(state.back) / 60 + 0.5);
    if (!this.view) {
      const { map } = this.main, { lng, lat } = map.getCenter();
      this.view = new View("beside", [lng, lat, map.getZoom()], state.theme);
      await this.view.ready;
      map.on("move", () => this.view.map.jumpTo({ center: map.getCenter(), zoom: map.getZoom() }));
    }
    this.view.paint(state.theme);
    this.view.map.resize();
    this.divide();
    this.newest = wanted;
  }

  legend(state) {
    byId("legend-beside").hidden = !this.isOn;
    if (this.isOn) showLegend(byId("legend-beside"), this.newest, state, true);
  }

  frameAt(time, back) {
    const until = new Date(Date.parse(time) - back * 60_000).toISOString().replace(".000", "");
    const frame = this.frames.findLast((item) => item.time <= until);
    return frame && Date.parse(until) - Date.parse(frame.time) <= 1_800_000 ? frame : null;
  }

  async prepare(time, back) {
    const frame = time && this.isOn ? this.frameAt(time, back) : null;
    if (frame) await this.view.load(frame);
  }

  show(time, state) {
    if (!this.view || !this.isOn) return;
    const { back, opacity } = state, frame = time ? this.frameAt(time, Number(back)) : null;
    this.view.show(frame ? [{ frame, opacity }] : []);
    this.view.ahead([]);
    byId("time-beside").textContent = frame ? `→ ${clock(frame.time, state.zone, state.language)}` : `→ ${text(state.language, "noMap")}`;
  }

  divide() {
    byId("beside").style.clipPath = `inset(0 0 0 ${byId("divider").value}%)`;
  }
}
