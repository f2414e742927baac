// The index, read from files alone; events of the server where it has them, else polling.
const POLL = 20_000;
const days = new Map();

// `damaged` tells a file that is there and cannot be read from one that cannot be had.
export class IndexError extends Error {
  constructor(path, reason) { super(`${path}: ${reason}`); this.damaged = reason === "damaged"; }
}

async function json(path, check) {
  const answer = await fetch(path, { cache: "no-cache" }).catch(() => { throw new IndexError(path, "unreachable"); });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new IndexError(path, answer.status);
  const content = await answer.json().catch(() => null);
  if (!content || !check(content)) throw new IndexError(path, "damaged");
  return content;
}

export async function latest() {
  const found = await json("index/latest.json", ({ owners }) => owners && typeof owners === "object");
  return found?.owners ?? {};
}

export async function framesOf(owner, product, newest, hours) {
  const end = Date.parse(newest), begin = end - hours * 3_600_000;
  const names = new Set([begin, end].map((time) => new Date(time).toISOString().slice(0, 10).replaceAll("-", "/")));
  const found = await Promise.all([...names].map((name) => day(`index/${owner}/${name}.json`)));
  return found.flat().filter((frame) => {
    const time = Date.parse(frame.time);
    return frame.product === product && frame.png && time >= begin && time <= end;
  });
}

// One request for a day, however many layers want it.
function day(path) {
  if (!days.has(path)) {
    const asked = json(path, ({ frames }) => Array.isArray(frames)).then((found) => found?.frames ?? []);
    days.set(path, asked);
    const forget = () => days.delete(path);
    asked.then(() => setTimeout(forget, 300), forget);
  }
  return days.get(path);
}

export function watch(changed) {
  const timer = setInterval(changed, POLL);
  const events = new EventSource("api/events");
  events.addEventListener("latest", changed);
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) events.close(); };
  return () => { clearInterval(timer); events.close(); };
}

export async function ask(name, values) {
  const answer = await fetch(`api/${name}?${new URLSearchParams(values)}`).catch(() => null);
  const content = await answer?.json().catch(() => null);
  return answer?.ok ? content : { problem: content?.detail ?? null };
}
