// What the panels show: times and ages, the list of radars, the layers.
import { age, clock, stateOf } from "./ages.js";
import { text } from "./texts.js";
import { titled } from "./titles.js";

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

export function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, title]) => new Option(title, value, false, value === chosen)));
}

export function showTime(frame, state) {
  byId("time").textContent = frame ? clock(frame.time, state.zone, state.language) : "–";
}

// The age of the newest map, and what a composite lacks.
export function showAge(item, newest, frame, { language }) {
  const badge = byId("age"), name = stateOf({ ...item, newest: newest.time }), old = !["sending", "late"].includes(name);
  badge.textContent = `${age(newest.time, language)} · ${text(language, old ? "old" : name)}`;
  badge.className = `badge ${old ? "old" : name}`;
  const lacks = [["without", frame?.missing], ["before", frame?.old]].filter(([, names]) => names?.length);
  byId("lacks").textContent = lacks.map(([word, names]) => `${text(language, word)}: ${names.join(", ")}`).join(" · ");
}

export function showRadars(owners, state, choose) {
  const focused = document.activeElement?.dataset.owner;
  byId("radars").replaceChildren(...Object.entries(owners).map(([name, item]) => {
    const found = stateOf(item), word = text(state.language, found);
    const when = item.newest ? `${age(item.newest, state.language)} · ${word}` : word;
    const button = element("button", { className: name === state.owner ? "chosen" : "", disabled: !item.newest, type: "button" },
      element("span", { textContent: item.title ? `${name} · ${item.title}` : name }), element("span", { className: "when", textContent: when }));
    button.dataset.owner = name;
    button.setAttribute("aria-pressed", String(name === state.owner));
    button.addEventListener("click", () => choose("owner", name));
    return element("li", { className: ["sending", "late"].includes(found) ? found : "old" }, button);
  }));
  if (focused) byId("radars").querySelector(`[data-owner="${CSS.escape(focused)}"]`)?.focus();
}

// Layers above the main map, the highest first, as all programs of maps list them.
export function showLayers(layers, owners, state, change) {
  const word = (name) => text(state.language, name);
  const rows = layers.map((layer, index) => {
    const title = owners[layer.owner]?.products[layer.product]?.title ?? layer.product;
    const slider = element("input", { type: "range", min: 0.1, max: 1, step: 0.05, value: layer.opacity, title: word("opacity") });
    slider.setAttribute("aria-label", `${word("opacity")}: ${layer.owner} ${layer.product}`);
    slider.addEventListener("input", () => change((list) => { list[index].opacity = Number(slider.value); }, false));
    const button = (sign, name, action) => {
      const made = element("button", { type: "button", textContent: sign, title: word(name) });
      made.setAttribute("aria-label", `${word(name)}: ${layer.owner} ${layer.product}`);
      made.addEventListener("click", () => change(action, true));
      return made;
    };
    const move = (by) => (list) => { const [taken] = list.splice(index, 1); list.splice(Math.max(0, index + by), 0, taken); };
    const note = element("em", { className: "note" });
    note.dataset.layer = `${layer.owner}:${layer.product}`;
    return element("li", { title: titled(title, state.language) }, `${layer.owner} ${layer.product} `, note, slider,
      button("↑", "up", move(1)), button("↓", "down", move(-1)), button("×", "remove", (list) => list.splice(index, 1)));
  });
  byId("layers").replaceChildren(...rows.reverse());
}
