import { expect, test } from 'vitest'
import { toWgs84 } from '../../src/core/china-map.ts'

/** Metres between two points, near enough for short ways. */
function apart(one: readonly [number, number], other: readonly [number, number]): number {
  const north = (one[0] - other[0]) * 111_320
  const east = (one[1] - other[1]) * 111_320 * Math.cos((one[0] * Math.PI) / 180)
  return Math.hypot(north, east)
}
const turned = (latitude: number, longitude: number): readonly [number, number] => {
  const point = toWgs84({ latitude, longitude })
  return [point.latitude, point.longitude]
}

/** Pairs that converters in other languages are tested with: on a Chinese map, by GPS. */
test.each([
  ['Shanghai', [31.17530398364597, 121.531541859215], [31.1774276, 121.5272106]],
  ['Shenzhen', [22.540796131694766, 113.9171764808363], [22.543847, 113.912316]],
  ['Beijing', [39.91334545536069, 116.38404722455657], [39.911954, 116.377817]],
] as const)('a place in %s is where GPS says, to half a metre', (_, map, gps) => {
  expect(apart(map, gps)).toBeGreaterThan(300)
  expect(apart(turned(map[0], map[1]), gps)).toBeLessThan(0.5)
})

test.each([
  ['Paris', 48.8584, 2.2945],
  ['Tokyo', 35.6586, 139.7454],
  ['Seoul', 37.5512, 126.9882],
  ['Bangkok', 13.7563, 100.5018],
  ['Taipei', 25.0339, 121.5645],
  ['New York', 40.6892, -74.0445],
  ['the poles', 90, 180],
])('a place in %s stays where it is', (_, latitude, longitude) => {
  expect(turned(latitude, longitude)).toEqual([latitude, longitude])
})
