import { defineConfig } from 'vitest/config'

const shared = { environment: 'node' as const, testTimeout: 30_000, hookTimeout: 60_000 }

/** They wait for servers: two at a time, after what computes. */
const waiting = { maxWorkers: 2, sequence: { groupOrder: 1 }, env: { UNTIL_MS: '60000' } }
/** What it measures would be disturbed by others. */
const alone = { fileParallelism: false, sequence: { groupOrder: 2 } }
/** It builds images; and others could have the ports that its containers are given. */
const last = {
  fileParallelism: false,
  sequence: { groupOrder: 3 },
  env: { UNTIL_MS: '60000' },
}

export default defineConfig({
  test: {
    reporters: ['default', './test/support/counts-reporter.ts'],
    // Most tests wait for servers more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          setupFiles: ['test/support/seed.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/e2e/**',
            'test/crash/**',
            'test/life/**',
            'test/big/**',
            'test/outage/**',
            'test/container/**',
          ],
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          ...waiting,
        },
      },
      {
        test: {
          ...shared,
          name: 'outage',
          include: ['test/outage/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 180_000,
          ...waiting,
        },
      },
      {
        test: {
          ...shared,
          name: 'life',
          include: ['test/life/**/*.test.ts'],
          ...alone,
        },
      },
      {
        test: {
          ...shared,
          name: 'big',
          include: ['test/big/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          ...alone,
        },
      },
      {
        test: {
          ...shared,
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          ...waiting,
        },
      },
      {
        test: {
          ...shared,
          name: 'container',
          include: ['test/container/**/*.test.ts'],
          globalSetup: ['test/container/install.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          ...last,
        },
      },
    ],
  },
})
