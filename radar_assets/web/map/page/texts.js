// Texts of the page in its languages.
const TEXTS = {
  en: { owner: "Area", product: "Product", radars: "Radars", span: "Hours", speed: "Speed", opacity: "Opacity",
    back: "Frame before", next: "Next frame", play: "Play or stop", frame: "Frame", light: "Light", dark: "Dark",
    local: "Local", undetect: "no echo", nodata: "not measured", outside: "outside of the map",
    noValue: "values need the server", none: "There is no map yet.", lost: "The index cannot be read; trying again.",
    never: "no maps yet", old: "old", min: "min", hour: "h", day: "d", other: "Español" },
  es: { owner: "Área", product: "Producto", radars: "Radares", span: "Horas", speed: "Velocidad", opacity: "Opacidad",
    back: "Imagen anterior", next: "Imagen siguiente", play: "Animar o detener", frame: "Imagen", light: "Claro", dark: "Oscuro",
    local: "Local", undetect: "sin eco", nodata: "sin medición", outside: "fuera del mapa",
    noValue: "los valores requieren el servidor", none: "Todavía no hay mapas.", lost: "No se puede leer el índice; se reintenta.",
    never: "sin mapas", old: "antiguo", min: "min", hour: "h", day: "d", other: "English" },
};

export const preferred = () => (navigator.language || "en").toLowerCase().startsWith("es") ? "es" : "en";
export const text = (language, name) => TEXTS[language][name];

export function translate(language) {
  document.documentElement.lang = language;
  for (const item of document.querySelectorAll("[data-text]")) item.textContent = text(language, item.dataset.text);
  for (const item of document.querySelectorAll("[data-label]")) {
    item.title = text(language, item.dataset.label);
    item.setAttribute("aria-label", item.title);
  }
}
