# syntax=docker/dockerfile:1

# The worker of oidc-registrar.
#
#   docker build -t oidc-registrar .
#   docker build -t oidc-registrar --build-arg ANSIBLE_CORE_VERSION=2.19.3 .
#
# There is no HEALTHCHECK: without METRICS_ADDRESS the worker opens no port. It exits with a message when it cannot start, Temporal's SDK
# reconnects when the server was away, and `temporal task-queue describe --task-queue oidc-registrar` lists the workers that poll.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --workspaces=false --no-progress
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY core ./core
COPY integrations ./integrations
COPY activities ./activities
COPY workflows ./workflows
COPY worker ./worker
COPY client ./client
COPY deploy ./deploy
# Without the sandbox, which is a package of its own.
RUN npx tsc -p tsconfig.build.json && node scripts/finishBuild.js

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Temporal's core comes for five platforms; the image needs those of Linux only.
RUN npm ci --omit=dev --workspaces=false --no-progress \
    && npm cache clean --force \
    && rm -rf node_modules/@temporalio/core-bridge/releases/*-apple-darwin \
        node_modules/@temporalio/core-bridge/releases/*-windows-msvc \
    # The worker would read those of libraries at its start; its own tell where it failed.
    && find node_modules -name '*.map' -type f -delete

FROM node:24-bookworm-slim
# Set it to a version of ansible-core to have playbooks checked by Ansible's own parser (registrar.yaml, ansible.syntaxCheck).
ARG ANSIBLE_CORE_VERSION=""
# git and an ssh client reach the GitOps repository; Temporal's core needs the certificates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
    && if [ -n "$ANSIBLE_CORE_VERSION" ]; then \
        apt-get install -y --no-install-recommends python3 python3-venv \
        && python3 -m venv /opt/ansible \
        && /opt/ansible/bin/pip install --no-cache-dir "ansible-core==$ANSIBLE_CORE_VERSION"; \
    fi \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node /var/cache/oidc-registrar
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# Each thread of Temporal's core would have the C library keep memory of its own.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    PATH=/opt/ansible/bin:$PATH \
    REGISTRAR_CACHE_DIR=/var/cache/oidc-registrar \
    REGISTRAR_CONFIG=/etc/oidc-registrar/registrar.yaml
# The one user of worker, git and Ansible: what the worker starts is given neither its tokens nor the paths of their files, but could read
# what this user can. SECURITY.md says what may therefore be started.
USER 1000:1000
# A worker makes little that lives short: with smaller spaces for that its start takes no longer, and 20 MB less.
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=4", "dist/worker/main.js"]
