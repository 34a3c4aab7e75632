# One container that serves everything: page, gateway and core. `docker-compose.yml` runs the same image as separate parts.

FROM node:22-bookworm-slim AS build
WORKDIR /parley
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY packages packages
COPY apps apps
COPY web web
COPY bench/package.json bench/
COPY e2e/package.json e2e/
RUN npm ci --include=dev --no-audit --no-fund \
 && npm run build
# What runs needs third-party packages only: the project's own are in the bundles.
RUN npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/@parley node_modules/.cache node_modules/node-pty/prebuilds/win32-* node_modules/node-pty/prebuilds/darwin-*

FROM node:22-bookworm-slim
# tini reaps what terminal sessions leave behind: process 1 must.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /parley
COPY --from=build /parley/node_modules node_modules
COPY --from=build /parley/dist dist
RUN mkdir /data && chown node:node /data
ENV NODE_ENV=production SERVER_HOST=0.0.0.0 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SERVER_PORT || process.env.PORT || 8080}/api/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node"]
CMD ["dist/parley.js"]
