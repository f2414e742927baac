// Spanish names of products and classes, by the English ones of the index; others stay as they are.
const SPANISH = {
  "Reflectivity at constant altitude": "Reflectividad a altura constante",
  "Column maximum of reflectivity": "Máximo de reflectividad en la columna",
  "Coverage": "Cobertura",
  "Echo top": "Tope de ecos",
  "Probability of hail": "Probabilidad de granizo",
  "Rain rate": "Tasa de lluvia",
  "Echo removed by quality control": "Eco removido por el control de calidad",
  "Vertically integrated liquid": "Agua líquida integrada",
  "Density of vertically integrated liquid": "Densidad de agua líquida integrada",
  "Radar of the best measurement": "Radar de la mejor medición",
  "Quality of the best measurement": "Calidad de la mejor medición",
  "Horizontal reflectivity": "Reflectividad horizontal",
  "Horizontal reflectivity, uncorrected": "Reflectividad horizontal, sin corregir",
  "Vertical reflectivity": "Reflectividad vertical",
  "Vertical reflectivity, uncorrected": "Reflectividad vertical, sin corregir",
  "Differential reflectivity": "Reflectividad diferencial",
  "Differential reflectivity, uncorrected": "Reflectividad diferencial, sin corregir",
  "Co-polar correlation coefficient": "Coeficiente de correlación copolar",
  "Differential phase": "Fase diferencial",
  "Specific differential phase": "Fase diferencial específica",
  "Radial velocity": "Velocidad radial",
  "Doppler spectrum width": "Ancho espectral Doppler",
  "Clutter map": "Mapa de ecos fijos",
  "no echo": "sin eco", "echo": "eco", "removed": "removido",
};

export function titled(title, language) {
  if (language !== "es") return title;
  const [, name, unfiltered] = title.match(/^(.*?)(, unfiltered)?$/);
  const rain = name.match(/^Rain of (.*)$/);
  const found = rain ? `Lluvia de ${rain[1].replace("hours", "horas").replace("hour", "hora")}` : SPANISH[name] ?? name;
  return found + (unfiltered ? ", sin filtrar" : "");
}
