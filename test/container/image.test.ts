import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcome, podman } from './engine.ts'
import { buildImage, image, layers } from './image.ts'
import { onContainers } from './install.ts'

// What is in the image, seen from inside, with the rights it runs with.

onContainers('the image', () => {
  beforeAll(buildImage, 900_000)
  afterAll(
    async () => void (await outcome('rm', '--all', '--force', '--filter', 'label=test=image')),
  )

  const inside = (script: string, ...more: readonly string[]) =>
    podman(
      ...[
        'run',
        '--rm',
        '--label',
        'test=image',
        '--network=none',
        '--read-only',
        '--tmpfs',
        '/tmp',
      ],
      ...['--cap-drop=all', '--security-opt=no-new-privileges', '--entrypoint', 'sh', ...more],
      ...[image, '-ec', script],
    )

  test('it is of the size that was promised, and says what it consists of', async () => {
    const all = await layers()
    const ffmpeg = all.filter(({ by }) => by.includes('install -y --no-install-recommends ffmpeg'))
    expect(ffmpeg).toHaveLength(1)
    const sum = (some: readonly { readonly bytes: number }[]) =>
      Math.round(some.reduce((total, { bytes }) => total + bytes, 0) / 1e6)
    const [whole, media] = [sum(all), sum(ffmpeg)]
    console.log(
      `image: ${whole} MB, ${media} MB of it ffmpeg's layer, ${whole - media} MB without it`,
    )
    for (const { by, bytes } of all) console.log(`  ${(bytes / 1e6).toFixed(1)} MB ${short(by)}`)
    expect(whole - media).toBeLessThan(255)
  })

  test('it is nobody special, can write nothing but its volume and /tmp, and gains no rights', async () => {
    const said = await inside(`
      id -u; id -g
      grep -E '^(CapEff|CapPrm|NoNewPrivs)' /proc/self/status
      touch /data/ours /tmp/ours && echo written
      for file in /app/x /usr/local/bin/x /etc/x; do ! touch $file 2>/dev/null || echo "wrote $file"; done
      stat -c '%a %u' /data`)
    expect(said.split('\n').map((line) => line.replace(/\s+/g, ' '))).toEqual([
      ...['1000', '1000', 'CapPrm: 0000000000000000', 'CapEff: 0000000000000000', 'NoNewPrivs: 1'],
      ...['written', '700 1000'],
    ])
  })

  test('there is one Node, and nothing that only people, tests or compilers need', async () => {
    const nodes = await inside(
      'find / -xdev \\( -name node -o -name nodejs \\) -type f -size +1M 2>/dev/null || true',
    )
    expect(nodes.split('\n')).toEqual(['/usr/local/bin/node'])
    const others = await inside(`cd /app; ls -A; ls -A node_modules node_modules/@*
      find . -name '*.map' -o -name '*.d.ts' -o -name '*.test.ts' -o -name '.git' -o -name '.env'`)
    const names = others.split('\n')
    for (const name of ['vitest', 'typescript', '@biomejs', '@types', 'playwright-core', 'npm']) {
      expect(names).not.toContain(name)
    }
    expect(names.filter((name) => /\.(map|d\.ts|test\.ts|env|git)$/.test(name))).toEqual([])
    for (const name of ['telegraf', 'node-fetch', 'sharp', 'src', 'adapters', 'config']) {
      expect(names).toContain(name)
    }
    for (const name of ['test', 'docs', 'scripts', '.cache', 'README.md']) {
      expect(names.slice(0, names.indexOf(''))).not.toContain(name)
    }
  })

  test('pictures, recordings and moving stickers can be converted in it', async () => {
    const script = `
      import { readFile } from 'node:fs/promises'
      import { pictureFrom } from '/app/adapters/convert/picture.ts'
      import { mp3From } from '/app/adapters/convert/recording.ts'
      import { findFfmpeg, runFfmpeg } from '/app/adapters/convert/ffmpeg.ts'
      import { gifFrom } from '/app/adapters/convert/video-sticker.ts'
      import { systemClock } from '/app/adapters/system/clock.ts'
      const signal = AbortSignal.timeout(120000)
      const file = await findFfmpeg()
      const wave = await readFile('/app/src/sandbox/media/wave.gif')
      const toSticker = ['-i', 'pipe:0', '-an', '-c:v', 'libvpx-vp9', '-f', 'webm', 'pipe:1']
      const sticker = await runFfmpeg(file, toSticker, wave, 1e7, signal)
      const gif = await gifFrom(sticker, file, systemClock, signal)
      console.log('sticker', Buffer.from(gif.bytes).subarray(0, 6).toString())
      const webp = await pictureFrom(await readFile('/app/src/sandbox/media/cat.png'))
      console.log('picture', webp.mime)
      const mp3 = await readFile('/app/src/sandbox/media/voice.mp3')
      const toVoice = ['-i', 'pipe:0', '-c:a', 'libopus', '-f', 'ogg', 'pipe:1']
      const ogg = await runFfmpeg(file, toVoice, mp3, 1e7, signal)
      let bytes = 0
      for await (const part of mp3From(new Blob([ogg]).stream())) bytes += part.length
      console.log('recording', bytes > 1000)`
    const said = await inside(`node --input-type=module -e "$SCRIPT"`, '-e', `SCRIPT=${script}`)
    expect(said.split('\n')).toEqual([
      'sticker GIF89a',
      expect.stringMatching(/^picture image\//),
      'recording true',
    ])
  }, 180_000)

  test('a configuration that cannot be used ends it with 78, which supervisors do not start again', async () => {
    const run = ['run', '--rm', '--label', 'test=image', '--network=none', '-e']
    const { code, said } = await outcome(...run, 'BRIDGE__WEB__PORT=nowhere', image)
    expect(said).toMatch(/web\.port/i)
    expect(code).toBe(78)
    expect((await outcome(...run, 'A=b', image, 'no-such-command')).code).toBe(64)
  })
})

/** The line of the Dockerfile, without what is the same everywhere. */
function short(by: string): string {
  const line = by.replace(/^.*?#\(nop\) |^\/bin\/sh -c /, '').replace(/(file|dir|multi):\w+/, '…')
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
