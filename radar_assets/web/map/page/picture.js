// Pictures of maps: what was not measured is transparent in the file, and shaded here.
// A PNG of the platform gives it index 255, and says so by 256 alphas of which the last is 0.
import { chunks, crc32, joined } from "./png.js";

const NODATA = 255;
export const SHADES = { light: [120, 130, 140, 110], dark: [150, 160, 170, 90] };
export const shadeOf = (theme) => `rgba(${SHADES[theme].slice(0, 3).join(",")},${SHADES[theme][3] / 255})`;

// Address of a picture that MapLibre loads, its bytes once decoded, and whether it tells nodata.
export async function picture(path, shade) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const view = new DataView(bytes.buffer), size = view.getUint32(16) * view.getUint32(20) * 4;
  const tellsNodata = shaded(bytes, shade);
  return { url: URL.createObjectURL(new Blob([bytes], { type: "image/png" })), size, tellsNodata };
}

function shaded(bytes, shade) {
  const found = new Map([...chunks(bytes)].map((chunk) => [chunk.type, chunk]));
  const colours = found.get("PLTE"), alphas = found.get("tRNS");
  if (!colours || alphas?.data.length !== 256 || alphas.data[NODATA] !== 0) return false;
  if (!shade) return true;
  colours.data.set(shade.slice(0, 3), 3 * NODATA);
  alphas.data[NODATA] = shade[3];
  for (const chunk of [colours, alphas]) chunk.setCrc(crc32(joined([chunk.name, chunk.data])));
  return true;
}
