# One image for every service that runs without a browser: docker-compose.yml says which one a container is.
FROM node:24.21.0-bookworm-slim AS node

FROM node AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY bin/plantwatch.js bin/healthy.js ./bin/
COPY lib ./lib
COPY ingestor ./ingestor
COPY store ./store
COPY analytics ./analytics
COPY simulator ./simulator
COPY cli ./cli
# A volume takes over the owner of the folder that it is first mounted on.
RUN ln -s /app/bin/plantwatch.js /usr/local/bin/plantwatch && mkdir /data && chown node:node /data
ENV NODE_ENV=production PLANTWATCH_HOST=0.0.0.0 PLANTWATCH_DATA=/data
USER node
VOLUME /data
EXPOSE 8086 8087 8088
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "bin/healthy.js"]
ENTRYPOINT ["plantwatch"]
CMD ["--help"]
