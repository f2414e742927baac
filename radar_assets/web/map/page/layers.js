// Maps above the main one: which frame of each belongs to a time of the loop.
import { framesOf } from "./data.js";

export class Layers {
  constructor() { this.frames = new Map(); }

  key({ owner, product }) { return `${owner}:${product}`; }

  // Read the frames of layers that are there, up to a time.
  async read(layers, owners, newest, hours) {
    const known = layers.filter(({ owner, product }) => owners[owner]?.products[product]);
    const found = await Promise.all(known.map(({ owner, product }) => framesOf(owner, product, newest, Number(hours) + 1)));
    this.frames = new Map(known.map((layer, index) => [this.key(layer), found[index].map((frame) => ({ ...frame, plain: true }))]));
  }

  // The newest frame up to a time: other radars have another cadence; null where that is too old.
  at(layer, time, owners) {
    const frame = (this.frames.get(this.key(layer)) ?? []).findLast((item) => item.time <= time);
    const patience = (owners[layer.owner]?.silent_after ?? 1800) * 1000;
    return frame && Date.parse(time) - Date.parse(frame.time) <= patience ? frame : null;
  }

  // What is drawn above the main map at a time, the lowest first.
  shown(layers, time, owners) {
    return layers.map((layer) => ({ ...layer, frame: this.at(layer, time, owners) })).filter(({ frame }) => frame);
  }
}
