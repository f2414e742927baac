// Texts of the page in its languages.
const TEXTS = {
  en: { owner: "Area", product: "Product", radars: "Radars", span: "Hours", speed: "Speed", opacity: "Opacity",
    back: "Frame before", next: "Next frame", play: "Play or stop", frame: "Frame", light: "Light", dark: "Dark",
    local: "Local", undetect: "no echo", nodata: "not measured", outside: "outside of the map",
    noValue: "values need the server", none: "There is no map yet.", lost: "The index cannot be read; trying again.",
    damaged: "The index of maps is damaged: what is shown may be incomplete. It is made anew when a window is run again.",
    noPicture: "a picture cannot be loaded", unknownNodata: "this map does not tell not measured from no echo",
    never: "no maps yet", old: "old", sending: "sending", late: "late", silent: "silent", off: "off", stopped: "the newest map is old",
    min: "min", hour: "h", day: "d", other: "Español", without: "without", before: "as before",
    layers: "Layers", add: "Add this map as a layer", up: "Up", down: "Down", remove: "Remove", noMap: "no map at this time",
    compare: "Compare", off2: "off", now: "same time", earlier: "earlier", divider: "Position of the divider",
    tools: "Tools", measure: "Distance and section", series: "Time series", rings: "Range rings", picture: "Picture", movie: "Animation",
    close: "Close", first: "click the first place", second: "click the second place", making: "making the animation…",
    height: "height", time: "Time", value: "Value", section: "section of", zoomIn: "Zoom in", zoomOut: "Zoom out", gate: "beam at" },
  es: { owner: "Área", product: "Producto", radars: "Radares", span: "Horas", speed: "Velocidad", opacity: "Opacidad",
    back: "Imagen anterior", next: "Imagen siguiente", play: "Animar o detener", frame: "Imagen", light: "Claro", dark: "Oscuro",
    local: "Local", undetect: "sin eco", nodata: "sin medición", outside: "fuera del mapa",
    noValue: "los valores requieren el servidor", none: "Todavía no hay mapas.", lost: "No se puede leer el índice; se reintenta.",
    damaged: "El índice de mapas está dañado: lo que se ve puede estar incompleto. Se rehace al procesar otra vez una ventana.",
    noPicture: "no se puede cargar una imagen", unknownNodata: "este mapa no distingue sin medición de sin eco",
    never: "sin mapas", old: "antiguo", sending: "transmite", late: "demorado", silent: "sin datos", off: "apagado", stopped: "el mapa más nuevo es antiguo",
    min: "min", hour: "h", day: "d", other: "English", without: "sin", before: "como antes",
    layers: "Capas", add: "Agregar este mapa como capa", up: "Subir", down: "Bajar", remove: "Quitar", noMap: "sin mapa a esta hora",
    compare: "Comparar", off2: "no", now: "misma hora", earlier: "antes", divider: "Posición del divisor",
    tools: "Herramientas", measure: "Distancia y corte", series: "Serie temporal", rings: "Anillos de alcance", picture: "Imagen", movie: "Animación",
    close: "Cerrar", first: "elija el primer punto", second: "elija el segundo punto", making: "preparando la animación…",
    height: "altura", time: "Hora", value: "Valor", section: "corte de", zoomIn: "Acercar", zoomOut: "Alejar", gate: "haz a" },
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
