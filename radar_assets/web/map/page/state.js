// The state that a link holds: it is kept in the hash of the address.
import { preferred } from "./texts.js";

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

export function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  const one = (name, allowed, other) => allowed.includes(given.get(name)) ? given.get(name) : other;
  const opacity = Number(given.get("opacity"));
  const at = (given.get("at") || "").split(",").map(Number);
  return {
    owner: given.get("owner"),
    product: given.get("product"),
    time: given.get("time"), // null: the newest
    hours: one("hours", ["1", "2", "3", "6"], "3"),
    speed: one("speed", ["1000", "500", "250", "125"], "500"),
    opacity: opacity >= 0.1 && opacity <= 1 ? opacity : 0.85,
    language: one("language", ["en", "es"], preferred()),
    zone: one("zone", ["utc", "local"], "utc"),
    theme: one("theme", ["light", "dark"], dark() ? "dark" : "light"),
    at: at.length === 3 && at.every(Number.isFinite) ? at : null,
  };
}

export function writeState(state) {
  const kept = Object.entries(state).filter(([, value]) => value !== null && value !== "");
  history.replaceState(null, "", `#${new URLSearchParams(kept.map(([name, value]) => [name, String(value)]))}`);
}
