// The index, read from files alone; events of the server where it has them, else polling.
const POLL = 20_000;
const days = new Map();

async function json(path, cache = "no-cache") {
  const answer = await fetch(path, { cache });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export const latest = async () => (await json("index/latest.json")).owners;

export async function framesOf(owner, product, newest, hours) {
  const end = Date.parse(newest), begin = end - hours * 3_600_000;
  const names = new Set([begin, end].map((time) => new Date(time).toISOString().slice(0, 10).replaceAll("-", "/")));
  const found = await Promise.all([...names].map((name) => day(`index/${owner}/${name}.json`)));
  return found.flat().filter((frame) => {
    const time = Date.parse(frame.time);
    return frame.product === product && frame.png && time >= begin && time <= end;
  });
}

async function day(path) {
  try {
    days.set(path, (await json(path)).frames);
  } catch (error) {
    if (!days.has(path)) return []; // the day before has none
  }
  return days.get(path);
}

export function watch(changed) {
  let timer = setInterval(changed, POLL);
  const events = new EventSource("api/events");
  events.addEventListener("latest", changed);
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) events.close(); };
  return () => { clearInterval(timer); events.close(); };
}

export async function valueAt(owner, frame, place) {
  const query = new URLSearchParams({ owner, product: frame.product, time: frame.time, lon: place.lng, lat: place.lat });
  const answer = await fetch(`api/value?${query}`);
  return answer.ok ? answer.json() : null;
}
