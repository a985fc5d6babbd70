export interface Point {
  readonly latitude: number
  readonly longitude: number
}

/**
 * A point of Chinese maps (GCJ-02, which WeChat writes) as GPS and all other maps have it (WGS-84), both in degrees.
 * Outside of China there is no difference. Within a metre or so: the shift is undone by looking for what is shifted
 * to the given point.
 */
export function toWgs84(point: Point): Point {
  if (!isInChina(point)) return point
  let { latitude, longitude } = point
  for (let round = 0; round < 5; round++) {
    const off = shifted({ latitude, longitude })
    latitude += point.latitude - off.latitude
    longitude += point.longitude - off.longitude
  }
  return { latitude, longitude }
}

/** The ellipsoid of Krasovsky, which the shift is defined on: half its length in metres, and its flatness squared. */
const axis = 6_378_245
const flatness = 0.006_693_421_622_965_943

/** The shift itself, as it is known to everybody since 2010. */
export function shifted({ latitude, longitude }: Point): Point {
  const x = longitude - 105
  const y = latitude - 35
  const angle = (latitude / 180) * Math.PI
  const bent = 1 - flatness * Math.sin(angle) ** 2
  const north =
    (northward(x, y) * 180) / ((axis * (1 - flatness)) / (bent * Math.sqrt(bent))) / Math.PI
  const east = (eastward(x, y) * 180) / ((axis / Math.sqrt(bent)) * Math.cos(angle)) / Math.PI
  return { latitude: latitude + north, longitude: longitude + east }
}

const wave = (size: number, of: number): number => size * Math.sin(of * Math.PI)
const ripples = (x: number): number => ((wave(20, 6 * x) + wave(20, 2 * x)) * 2) / 3

/** In metres. */
const northward = (x: number, y: number): number =>
  -100 +
  2 * x +
  3 * y +
  0.2 * y * y +
  0.1 * x * y +
  0.2 * Math.sqrt(Math.abs(x)) +
  ripples(x) +
  ((wave(20, y) + wave(40, y / 3)) * 2) / 3 +
  ((wave(160, y / 12) + wave(320, y / 30)) * 2) / 3

const eastward = (x: number, y: number): number =>
  300 +
  x +
  2 * y +
  0.1 * x * x +
  0.1 * x * y +
  0.1 * Math.sqrt(Math.abs(x)) +
  ripples(x) +
  ((wave(20, x) + wave(40, x / 3)) * 2) / 3 +
  ((wave(150, x / 12) + wave(300, x / 30)) * 2) / 3

/** North, west, south, east. */
type Box = readonly [number, number, number, number]

/** What the country is in, roughly, and what of that is its neighbours'. */
const inside: readonly Box[] = [
  [49.2204, 79.4462, 42.8899, 96.33],
  [54.1415, 109.6872, 39.3742, 135.0002],
  [42.8899, 73.1246, 29.5297, 124.143255],
  [29.5297, 82.9684, 26.7186, 97.0352],
  [29.5297, 97.0253, 20.414096, 124.367395],
  [20.414096, 107.975793, 17.871542, 111.744104],
]
const outside: readonly Box[] = [
  [25.398623, 119.921265, 21.785006, 122.497559],
  [22.284, 101.8652, 20.0988, 106.665],
  [21.5422, 106.4525, 20.4878, 108.051],
  [55.8175, 109.0323, 50.3257, 119.127],
  [55.8175, 127.4568, 49.5574, 137.0227],
  [44.8922, 131.2662, 42.5692, 137.0227],
]

const isInChina = (point: Point): boolean =>
  inside.some((box) => isIn(point, box)) && !outside.some((box) => isIn(point, box))

const isIn = ({ latitude, longitude }: Point, [north, west, south, east]: Box): boolean =>
  latitude <= north && latitude >= south && longitude >= west && longitude <= east
