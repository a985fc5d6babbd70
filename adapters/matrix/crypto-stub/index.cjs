'use strict'
// matrix-bot-sdk loads its native crypto at import, from a binary that an install script downloads.
// The bridge keeps its rooms unencrypted (docs/adr/0001), so importing must work without that binary,
// and any real use must say clearly what is missing. See docs/adr/0002.

function missing(name) {
  return class {
    constructor() {
      throw new Error(
        `End-to-end encryption is not available in this build: ${name} was asked for, ` +
          'but matrix-bot-sdk runs here without its native crypto module.',
      )
    }
  }
}

module.exports = new Proxy(
  {},
  {
    get: (_target, name) => (typeof name === 'string' ? missing(name) : undefined),
    has: () => true,
  },
)
