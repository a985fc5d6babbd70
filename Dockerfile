# The sources run as they are on Node 24, so nothing is compiled. The Node that the project brings along for machines
# without one goes out again: the image has one Node, its own. (It cannot be left out with all optional dependencies:
# those are also what the pictures are converted with.)
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY adapters/matrix/crypto-stub adapters/matrix/crypto-stub
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/node-bin-* node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-win-* node_modules/.bin/node

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY config config
COPY adapters adapters
COPY src src
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# Inside a container loopback is nobody's: what may reach the page is decided by the port that is published, like
# -p 127.0.0.1:8686:8686.
ENV BRIDGE__DATA__DIR=/data BRIDGE__WEB__HOST=0.0.0.0 BRIDGE__MATRIX__LISTEN__HOST=0.0.0.0
EXPOSE 8686 29391
HEALTHCHECK --interval=30s --timeout=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8686/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--disable-warning=DEP0060", "--max-semi-space-size=4", "src/cli.ts", "run"]
