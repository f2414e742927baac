// How old maps are, and what that says of their radar, by its own cadence.
import { text } from "./texts.js";

const seconds = (time) => (Date.now() - Date.parse(time)) / 1000;

export function stateOf({ newest, late_after: late, silent_after: silent, is_live: isLive, end }) {
  if (!newest) return isLive === false ? "off" : "never";
  const age = seconds(newest);
  if (age <= (late ?? 1200)) return "sending";
  if (age <= (silent ?? 1800)) return "late";
  return isLive === false || (end && seconds(end) > 0) ? "off" : "silent";
}

export const isOld = (item) => !["sending", "late"].includes(stateOf(item));

export function age(time, language) {
  const since = Math.max(0, Math.round(seconds(time) / 60));
  if (since < 120) return `${since} ${text(language, "min")}`;
  if (since < 2880) return `${Math.round(since / 60)} ${text(language, "hour")}`;
  return `${Math.round(since / 1440)} ${text(language, "day")}`;
}

export function clock(time, zone, language) {
  if (zone === "utc") return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
  return new Date(time).toLocaleString(language, { dateStyle: "short", timeStyle: "short", hour12: false });
}
