// The pieces of a PNG (ISO/IEC 15948): chunks of a length, a name, data and a CRC-32.
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

// Chunks that share the memory of the file.
export function* chunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at), end = at + 8 + length;
    const name = bytes.subarray(at + 4, at + 8);
    yield { type: String.fromCharCode(...name), name, data: bytes.subarray(at + 8, end), setCrc: (value) => view.setUint32(end, value) };
    at = end + 4;
  }
}

export function chunk(type, data) {
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0)), body = joined([name, data]);
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.length);
  ends.setUint32(4, crc32(body));
  const bytes = new Uint8Array(ends.buffer);
  return joined([bytes.subarray(0, 4), body, bytes.subarray(4)]);
}

export function numbers(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of pairs) { ({ 1: view.setUint8, 2: view.setUint16, 4: view.setUint32 })[size].call(view, at, value); at += size; }
  return new Uint8Array(view.buffer);
}

// An animation (APNG, of the same standard) of PNGs of one size, each shown so many milliseconds.
export function animation(pictures, pause) {
  const first = [...chunks(pictures[0])].find(({ type }) => type === "IHDR").data;
  const size = new DataView(first.buffer, first.byteOffset), width = size.getUint32(0), height = size.getUint32(4);
  const parts = [SIGNATURE, chunk("IHDR", first), chunk("acTL", numbers([4, pictures.length], [4, 0]))];
  let number = 0;
  pictures.forEach((picture, index) => {
    const wait = index === pictures.length - 1 ? 3 * pause : pause;
    parts.push(chunk("fcTL", numbers([4, number++], [4, width], [4, height], [4, 0], [4, 0], [2, wait], [2, 1000], [1, 0], [1, 0])));
    for (const { type, data } of chunks(picture)) {
      if (type !== "IDAT") continue;
      parts.push(index === 0 ? chunk("IDAT", data) : chunk("fdAT", joined([numbers([4, number++]), data])));
    }
  });
  parts.push(chunk("IEND", new Uint8Array()));
  return joined(parts);
}
