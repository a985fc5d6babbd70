#!/bin/sh
# The command "bridge" of the image: the container's own, and beside it ("docker exec CONTAINER bridge status").
case "$1" in
healthy)
  # Answers in time, or the container is not well. It is asked often, so it loads as little as can be.
  exec node -e 'require("node:http").get({ host: "127.0.0.1", port: process.env.BRIDGE__MONITOR__PORT, path: "/healthz", timeout: 4000 },
    (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))
    .on("timeout", () => process.exit(1)).on("error", () => process.exit(1))'
  ;;
esac
# A configuration in the volume holds for every command.
if [ -f /data/bridge.yaml ]; then
  set -- "$@" --config /data/bridge.yaml
fi
exec node --disable-warning=DEP0060 --max-semi-space-size=4 /app/src/cli.ts "$@"
