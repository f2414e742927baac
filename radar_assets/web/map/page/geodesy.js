// Distances and circles on the sphere, in metres and degrees.
const RADIUS = 6_371_000, RAD = Math.PI / 180;

export function distance([lon, lat], [otherLon, otherLat]) {
  const a = Math.sin((otherLat - lat) * RAD / 2) ** 2
    + Math.cos(lat * RAD) * Math.cos(otherLat * RAD) * Math.sin((otherLon - lon) * RAD / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.sqrt(a));
}

export function bearing([lon, lat], [otherLon, otherLat]) {
  const east = Math.sin((otherLon - lon) * RAD) * Math.cos(otherLat * RAD);
  const north = Math.cos(lat * RAD) * Math.sin(otherLat * RAD) - Math.sin(lat * RAD) * Math.cos(otherLat * RAD) * Math.cos((otherLon - lon) * RAD);
  return (Math.atan2(east, north) / RAD + 360) % 360;
}

export function ring([lon, lat], radius) {
  const d = radius / RADIUS;
  const points = Array.from({ length: 97 }, (_, i) => {
    const course = (i * 3.75) * RAD;
    const sine = Math.sin(lat * RAD) * Math.cos(d) + Math.cos(lat * RAD) * Math.sin(d) * Math.cos(course);
    const shift = Math.atan2(Math.sin(course) * Math.sin(d) * Math.cos(lat * RAD), Math.cos(d) - Math.sin(lat * RAD) * sine);
    return [lon + shift / RAD, Math.asin(sine) / RAD];
  });
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } };
}
