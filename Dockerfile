# The sources run as they are on Node 24, so nothing is compiled, on AMD64 and on ARM64 alike. Two stages: the first
# fetches the packages, the second is what runs: Debian, ffmpeg, one Node, the packages and the sources.

FROM node:24-bookworm-slim AS packages
# Node's symbols, a seventh of it, help only those who debug Node itself. Of tini the second stage takes the program.
RUN apt-get update && apt-get install -y --no-install-recommends binutils tini && strip /usr/local/bin/node
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY adapters/matrix/crypto-stub adapters/matrix/crypto-stub
# The Node that the project brings along for machines without one (docs/adr/0003) goes out again: the image has one.
# It cannot be left out with all optional dependencies: those are also what pictures are converted with. So do the
# binaries for another C library, what only people and compilers read, and what only browsers load.
RUN npm ci --omit=dev --ignore-scripts \
  && cd node_modules \
  && rm -rf node-linux-* node-bin-* node-darwin-* node-win-* .bin .package-lock.json @types @img/*musl* \
  && find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \
    -o -name '*.flow' -o -name 'tsconfig*.json' -o -name '.eslint*' -o -name '.travis.yml' \) -delete \
  && for folder in test tests __tests__ docs doc example examples bench benchmark benchmarks coverage .github; do \
    rm -rf ./*/"$folder" ./@*/*/"$folder"; \
  done \
  && rm -rf zod/src ogg-opus-decoder/dist opus-decoder/dist @wasm-audio-decoders/*/dist pngjs/browser.js bluebird/js/browser ajv/dist \
    wasm-media-encoders/dist/umd wasm-media-encoders/dist/esnext wasm-media-encoders/wasm yaml/browser dayjs/esm dayjs/locale dayjs/plugin lodash/fp

FROM debian:bookworm-slim
# By far the largest layer, and one that no change of the project touches. What is removed draws on screens: ffmpeg
# loads it for its player only, which is not started here.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg \
  && rm -rf /usr/lib/*/dri /usr/lib/*/libLLVM-* /usr/lib/*/libz3.so.* /usr/bin/ffplay \
  && ffmpeg -version > /dev/null \
  && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*
RUN groupadd --gid 1000 bridge && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data bridge \
  && install -d -o 1000 -g 1000 -m 700 /data && install -d -o 1000 -g 1000 /app/.compiled /registration
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /usr/bin/tini /usr/bin/tini
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY config config
COPY adapters adapters
COPY src src
COPY scripts/container/bridge.sh /usr/local/bin/bridge
COPY scripts/container/load-all.mjs /tmp/load-all.mjs
USER 1000:1000
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compiled
# Loads every module and every package once: the build fails if one is missing. Of what a start loads, what was compiled
# is kept, so that a start compiles nothing. It is kept by user, hence after USER.
RUN NODE_COMPILE_CACHE= node --disable-warning=DEP0060 /tmp/load-all.mjs /app \
  && node --disable-warning=DEP0060 /tmp/load-all.mjs /app start
# Files named without a folder are in the volume: bridge.yaml, which every command reads if it is there; backups.
WORKDIR /data
VOLUME /data
# Inside a container loopback is nobody's: what may reach the page is decided by the port that is published, like
# -p 127.0.0.1:8686:8686.
ENV BRIDGE__DATA__DIR=/data BRIDGE__WEB__HOST=0.0.0.0 BRIDGE__WEB__PORT=8686 BRIDGE__MATRIX__LISTEN__HOST=0.0.0.0
EXPOSE 8686 29391
# What the health check asks. For a Prometheus in another container, BRIDGE__MONITOR__HOST=0.0.0.0.
ENV BRIDGE__MONITOR__HOST=127.0.0.1 BRIDGE__MONITOR__PORT=8689
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["bridge", "healthy"]
# Signals reach the bridge at any moment, also before it listens for them: it is not process 1.
ENTRYPOINT ["tini", "--", "bridge"]
CMD ["run"]
