// The state that a link holds: it is kept in the hash of the address.
import { preferred } from "./texts.js";

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const opacityOf = (value, other) => value >= 0.1 && value <= 1 ? Number(value) : other;
const MOST = 24; // layers

export function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  const one = (name, allowed, other) => allowed.includes(given.get(name)) ? given.get(name) : other;
  const at = (given.get("at") || "").split(",").map(Number);
  return {
    owner: given.get("owner"),
    product: given.get("product"),
    time: given.get("time"), // null: the newest
    hours: one("hours", ["1", "2", "3", "6"], "3"),
    speed: one("speed", ["1000", "500", "250", "125"], "500"),
    opacity: opacityOf(given.get("opacity"), 0.85),
    layers: (given.get("layers") || "").split(",").slice(0, MOST).map((item) => item.split(":")).filter((item) => item.length === 3)
      .map(([owner, product, opacity]) => ({ owner, product, opacity: opacityOf(opacity, 0.85) })),
    compare: given.get("compare") || "", // a product beside the divider
    back: one("back", ["0", "10", "30", "60", "120"], "0"), // minutes
    rings: one("rings", ["1"], ""),
    language: one("language", ["en", "es"], preferred()),
    zone: one("zone", ["utc", "local"], "utc"),
    theme: one("theme", ["light", "dark"], dark() ? "dark" : "light"),
    at: at.length === 3 && at.every(Number.isFinite) ? at : null,
  };
}

export function writeState(state) {
  const layers = state.layers.map(({ owner, product, opacity }) => `${owner}:${product}:${opacity}`).join();
  const kept = Object.entries({ ...state, layers }).filter(([, value]) => value !== null && value !== "" && value !== undefined);
  history.replaceState(null, "", `#${new URLSearchParams(kept.map(([name, value]) => [name, String(value)]))}`);
}
