/** A Dockerfile as people write them, with the files that it needs. */
export interface Realistic {
  readonly dockerfile: string;
  readonly files: readonly string[];
  /** Lines beneath `build`. */
  readonly build?: string;
  /** What fetches in it first, with its place; null where all is pinned or nothing is fetched. */
  readonly fetches: string | null;
}

export const REALISTIC: Readonly<Record<string, Realistic>> = {
  'node, one stage': {
    dockerfile: `FROM node:20-alpine
WORKDIR /usr/src/app
ENV NODE_ENV=production
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
USER node
EXPOSE 3000
HEALTHCHECK CMD curl -f http://localhost:3000/health || exit 1
CMD ["node", "server.js"]
`,
    files: ['package.json', 'package-lock.json', 'server.js'],
    fetches: null,
  },
  'next.js, with whichever lock file there is': {
    dockerfile: `# syntax=docker/dockerfile:1
FROM node:20-alpine AS base

FROM base AS deps
RUN apk add --no-cache libc6-compat
WORKDIR /app
COPY package.json yarn.lock* package-lock.json* pnpm-lock.yaml* .npmrc* ./
RUN \\
  if [ -f yarn.lock ]; then yarn --frozen-lockfile; \\
  elif [ -f package-lock.json ]; then npm ci; \\
  elif [ -f pnpm-lock.yaml ]; then corepack enable pnpm && pnpm i --frozen-lockfile; \\
  else echo "Lockfile not found." && exit 1; \\
  fi

FROM base AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
RUN yarn run build

FROM base AS runner
WORKDIR /app
ENV NODE_ENV=production
RUN addgroup --system --gid 1001 nodejs
RUN adduser --system --uid 1001 nextjs
COPY --from=builder /app/public ./public
COPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./
USER nextjs
EXPOSE 3000
ENV PORT=3000
CMD HOSTNAME="0.0.0.0" node server.js
`,
    files: ['package.json', 'yarn.lock', 'pages/index.js'],
    fetches: 'Dockerfile:5:5 apk',
  },
  'pnpm monorepo with cache mounts': {
    dockerfile: `FROM node:20-slim AS base
ENV PNPM_HOME="/pnpm"
ENV PATH="$PNPM_HOME:$PATH"
RUN corepack enable
COPY . /usr/src/app
WORKDIR /usr/src/app

FROM base AS build
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm install --frozen-lockfile
RUN pnpm run -r build
RUN pnpm deploy --filter=app1 --prod /prod/app1

FROM base AS app1
COPY --from=build /prod/app1 /prod/app1
WORKDIR /prod/app1
CMD [ "pnpm", "start" ]
`,
    files: ['package.json', 'pnpm-lock.yaml'],
    fetches: null,
  },
  'node with a secret': {
    dockerfile: `FROM node:20
WORKDIR /app
COPY package.json .npmrc ./
RUN --mount=type=secret,id=npm,target=/root/.npmrc npm install
COPY ["src", "tsconfig.json", "./"]
RUN npx tsc
`,
    files: ['package.json', '.npmrc', 'src/a.ts', 'tsconfig.json'],
    build: 'secrets: [{ id: npm, env: NPM_TOKEN }]',
    fetches: 'Dockerfile:4:52 npm',
  },
  'python with pip': {
    dockerfile: `FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1
WORKDIR /code
RUN apt-get update \\
    && apt-get install -y --no-install-recommends gcc libpq-dev \\
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir --upgrade -r requirements.txt
COPY ./app ./app
CMD ["fastapi", "run", "app/main.py", "--port", "80"]
`,
    files: ['requirements.txt', 'app/main.py'],
    fetches: 'Dockerfile:5:5 apt-get',
  },
  'python with poetry': {
    dockerfile: `FROM python:3.11 AS builder
ARG POETRY_VERSION=1.8.2
ENV POETRY_NO_INTERACTION=1 POETRY_VIRTUALENVS_IN_PROJECT=1
RUN pip install "poetry==$POETRY_VERSION"
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN touch README.md
RUN --mount=type=cache,target=/tmp/poetry_cache poetry install --without dev --no-root

FROM python:3.11-slim AS runtime
ENV VIRTUAL_ENV=/app/.venv PATH="/app/.venv/bin:$PATH"
COPY --from=builder \${VIRTUAL_ENV} \${VIRTUAL_ENV}
COPY annapurna ./annapurna
ENTRYPOINT ["python", "-m", "annapurna.main"]
`,
    files: ['pyproject.toml', 'poetry.lock', 'annapurna/main.py'],
    build: 'build_args: { POETRY_VERSION: 1.8.3 }',
    fetches: null,
  },
  'python with uv and bind mounts': {
    dockerfile: `FROM python:3.12-slim-bookworm
COPY --from=ghcr.io/astral-sh/uv:0.4.20 /uv /bin/uv
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \\
    --mount=type=bind,source=uv.lock,target=uv.lock \\
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    uv sync --frozen --no-install-project
ADD . /app
RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen
`,
    files: ['uv.lock', 'pyproject.toml', 'app.py'],
    fetches: null,
  },
  'python wheels, built and installed offline': {
    dockerfile: `FROM python:3.12 AS wheels
COPY requirements.txt /
RUN pip wheel --require-hashes --wheel-dir /wheels -r /requirements.txt
FROM python:3.12-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \\
    pip install --no-index --find-links=/wheels /wheels/*.whl
COPY --chmod=755 run.sh /usr/local/bin/
`,
    files: ['requirements.txt', 'run.sh'],
    fetches: null,
  },
  conda: {
    dockerfile: `FROM continuumio/miniconda3
COPY environment.yml .
RUN conda env create -f environment.yml
SHELL ["conda", "run", "-n", "myenv", "/bin/bash", "-c"]
COPY run.py .
ENTRYPOINT ["conda", "run", "--no-capture-output", "-n", "myenv", "python", "run.py"]
`,
    files: ['environment.yml', 'run.py'],
    fetches: 'Dockerfile:3:5 conda',
  },
  'go, static and from scratch': {
    dockerfile: `FROM --platform=$BUILDPLATFORM golang:1.22 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -ldflags="-s -w" -o /out/app ./cmd/app

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/app /app
USER 65534:65534
ENTRYPOINT ["/app"]
`,
    files: ['go.mod', 'go.sum', 'cmd/app/main.go'],
    fetches: null,
  },
  'go, with a version in the binary': {
    dockerfile: `ARG GO_VERSION=1.22
FROM golang:\${GO_VERSION}-alpine AS build
ARG VERSION=dev
RUN go install github.com/bufbuild/buf/cmd/buf@v1.30.0
COPY . /src
RUN cd /src && go build -ldflags "-X main.version=$VERSION" -o /app .
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /app /
CMD ["/app"]
`,
    files: ['main.go'],
    build: 'unhashed_build_args: { VERSION: "1" }\n      build_args: { GO_VERSION: "1.23" }',
    fetches: null,
  },
  'rust with cargo chef': {
    dockerfile: `FROM rust:1.77 AS chef
RUN cargo install cargo-chef --locked --version 0.1.66
WORKDIR app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
COPY . .
RUN cargo build --release --bin app

FROM debian:bookworm-slim AS runtime
WORKDIR app
COPY --from=builder /app/target/release/app /usr/local/bin
ENTRYPOINT ["/usr/local/bin/app"]
`,
    files: ['Cargo.toml', 'Cargo.lock', 'src/main.rs'],
    fetches: null,
  },
  'rust with musl': {
    dockerfile: `FROM rust:alpine AS build
RUN apk add --no-cache musl-dev pkgconfig openssl-dev
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -rf src
COPY src ./src
RUN touch src/main.rs && cargo build --release --locked
FROM scratch
COPY --from=build /src/target/release/tool /tool
`,
    files: ['Cargo.toml', 'Cargo.lock', 'src/main.rs'],
    fetches: 'Dockerfile:2:5 apk',
  },
  'java with maven': {
    dockerfile: `FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /build
COPY pom.xml .
RUN mvn -B dependency:go-offline
COPY src ./src
RUN mvn -B package -DskipTests
FROM eclipse-temurin:21-jre
COPY --from=build /build/target/*.jar /app.jar
ENTRYPOINT ["java","-jar","/app.jar"]
`,
    files: ['pom.xml', 'src/main/java/App.java'],
    fetches: null,
  },
  'java with gradle and layers': {
    dockerfile: `FROM eclipse-temurin:21-jdk AS builder
WORKDIR /app
COPY gradlew settings.gradle* build.gradle* ./
COPY gradle gradle
RUN ./gradlew --no-daemon dependencies
COPY src src
RUN ./gradlew --no-daemon bootJar
RUN java -Djarmode=layertools -jar build/libs/app.jar extract

FROM eclipse-temurin:21-jre
COPY --from=builder /app/dependencies/ ./
COPY --from=builder /app/application/ ./
`,
    files: ['gradlew', 'build.gradle.kts', 'gradle/wrapper/gradle-wrapper.jar', 'src/App.java'],
    fetches: null,
  },
  'a jar that was built outside': {
    dockerfile: `FROM eclipse-temurin:21-jre
ARG JAR_FILE=target/*.jar
COPY \${JAR_FILE} app.jar
ENTRYPOINT ["java","-jar","/app.jar"]
`,
    files: ['target/app-1.0.jar'],
    fetches: null,
  },
  'nginx with a built site': {
    dockerfile: `FROM node:lts AS build
WORKDIR /site
COPY package.json package-lock.json ./
RUN npm ci --no-audit
COPY . ./
RUN npm run build

FROM nginx:1.25-alpine
COPY nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /site/dist /usr/share/nginx/html
`,
    files: ['package.json', 'package-lock.json', 'nginx.conf', 'src/index.html'],
    fetches: null,
  },
  'nginx with templates': {
    dockerfile: `FROM nginx
ENV NGINX_PORT=8080 NGINX_HOST=localhost
COPY templates/*.conf.template /etc/nginx/templates/
COPY html/ /usr/share/nginx/html/
EXPOSE $NGINX_PORT
`,
    files: ['templates/site.conf.template', 'html/index.html'],
    fetches: null,
  },
  'php with apache': {
    dockerfile: `FROM php:8.3-apache
RUN docker-php-ext-install pdo pdo_mysql
RUN mv "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"
COPY --from=composer:2 /usr/bin/composer /usr/bin/composer
COPY composer.json composer.lock ./
RUN composer install --no-dev --no-interaction
COPY public/ /var/www/html/
`,
    files: ['composer.json', 'composer.lock', 'public/index.php'],
    fetches: null,
  },
  'ruby on rails': {
    dockerfile: `# syntax = docker/dockerfile:1
ARG RUBY_VERSION=3.3.0
FROM registry.docker.com/library/ruby:$RUBY_VERSION-slim AS base
WORKDIR /rails
ENV RAILS_ENV="production" \\
    BUNDLE_DEPLOYMENT="1" \\
    BUNDLE_PATH="/usr/local/bundle"

FROM base AS build
RUN apt-get update -qq && \\
    apt-get install --no-install-recommends -y build-essential git
COPY Gemfile Gemfile.lock ./
RUN bundle install && \\
    rm -rf ~/.bundle/ "\${BUNDLE_PATH}"/ruby/*/cache "\${BUNDLE_PATH}"/ruby/*/bundler/gems/*/.git
COPY . .
RUN SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile

FROM base
COPY --from=build /usr/local/bundle /usr/local/bundle
COPY --from=build /rails /rails
RUN useradd rails --create-home --shell /bin/bash && \\
    chown -R rails:rails db log storage tmp
USER rails:rails
CMD ["./bin/rails", "server"]
`,
    files: ['Gemfile', 'Gemfile.lock', 'bin/rails'],
    fetches: 'Dockerfile:10:5 apt-get',
  },
  dotnet: {
    dockerfile: `FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /source
COPY *.sln .
COPY aspnetapp/*.csproj ./aspnetapp/
RUN dotnet restore
COPY aspnetapp/. ./aspnetapp/
WORKDIR /source/aspnetapp
RUN dotnet publish -c release -o /app --no-restore
FROM mcr.microsoft.com/dotnet/aspnet:8.0
WORKDIR /app
COPY --from=build /app ./
ENTRYPOINT ["dotnet", "aspnetapp.dll"]
`,
    files: ['app.sln', 'aspnetapp/aspnetapp.csproj', 'aspnetapp/Program.cs'],
    fetches: null,
  },
  elixir: {
    dockerfile: `ARG ELIXIR_VERSION=1.16.2
ARG OTP_VERSION=26.2.3
ARG DEBIAN_VERSION=bookworm-20240311-slim
ARG BUILDER_IMAGE="hexpm/elixir:\${ELIXIR_VERSION}-erlang-\${OTP_VERSION}-debian-\${DEBIAN_VERSION}"
ARG RUNNER_IMAGE="debian:\${DEBIAN_VERSION}"
FROM \${BUILDER_IMAGE} as builder
ENV MIX_ENV="prod"
COPY mix.exs mix.lock ./
RUN mix deps.get --only $MIX_ENV
RUN mkdir config
COPY config/config.exs config/\${MIX_ENV}.exs config/
COPY lib lib
RUN mix release
FROM \${RUNNER_IMAGE}
COPY --from=builder --chown=nobody:root /app/_build/\${MIX_ENV}/rel/app ./
`,
    files: ['mix.exs', 'mix.lock', 'config/config.exs', 'config/prod.exs', 'lib/app.ex'],
    fetches: null,
  },
  'c++ with cmake': {
    dockerfile: `FROM gcc:13 AS build
WORKDIR /src
COPY CMakeLists.txt .
COPY include include/
COPY src/*.cpp src/
RUN cmake -S . -B build && cmake --build build -j"$(nproc)"
FROM debian:12-slim
COPY --from=build /src/build/app /usr/local/bin/app
`,
    files: ['CMakeLists.txt', 'include/a.h', 'src/a.cpp'],
    fetches: null,
  },
  'a debian tool box': {
    dockerfile: `FROM debian:bookworm
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG DEBIAN_FRONTEND=noninteractive
RUN set -eux; \\
\tapt-get update; \\
\tapt-get install -y --no-install-recommends \\
\t\tca-certificates \\
# what the tests need
\t\tcurl \\
\t\tgit \\
\t\twget \\
\t; \\
\trm -rf /var/lib/apt/lists/*
RUN git config --global user.name "builder"
`,
    files: [],
    build: 'files: nothing',
    fetches: 'Dockerfile:5:2 apt-get',
  },
  fedora: {
    dockerfile: `FROM fedora:40
RUN dnf -y update && dnf -y install --setopt=install_weak_deps=False gcc make && dnf clean all
COPY Makefile main.c /src/
RUN make -C /src
`,
    files: ['Makefile', 'main.c'],
    fetches: 'Dockerfile:2:5 dnf',
  },
  'a download that is checked': {
    dockerfile: `FROM debian:12
ARG TINI_VERSION=v0.19.0
ADD --checksum=sha256:93dcc18adc78c65a028a84799ecf8ad40c936fdfc5f2a57b1acda5a8117fa82c https://github.com/krallin/tini/releases/download/\${TINI_VERSION}/tini /tini
RUN curl -fsSL -o /tmp/node.tar.xz "https://nodejs.org/dist/v20.11.1/node-v20.11.1-linux-x64.tar.xz" \\
    && echo "d8dab549b09672b03356aa2257699f3de3b58c96e74eb26a8b495fbdc9cf6fbe  /tmp/node.tar.xz" | sha256sum -c - \\
    && tar -xJf /tmp/node.tar.xz -C /usr/local --strip-components=1
ENTRYPOINT ["/tini", "--"]
`,
    files: [],
    fetches: null,
  },
  heredocs: {
    dockerfile: `# syntax=docker/dockerfile:1
FROM alpine
RUN <<EOF
set -e
echo "COPY missing /x"
apk add --no-cache bash
EOF
COPY <<-"SCRIPT" /usr/local/bin/entry
\t#!/bin/sh
\tcurl "$URL"
\tSCRIPT
COPY <<one.conf <<two.conf /etc/app/
a = 1
one.conf
b = $HOSTNAME
two.conf
RUN chmod +x /usr/local/bin/entry
RUN cat <<'EOF' > /etc/motd && echo done
FROM nowhere
COPY nothing /
EOF
COPY app.sh /
`,
    files: ['app.sh'],
    fetches: 'Dockerfile:6:1 apk',
  },
  'a python script in a heredoc': {
    dockerfile: `FROM python:3.12
RUN <<EOF
#!/usr/bin/env python
import sys
pip = "install"
print("npm install", file=sys.stderr)
EOF
RUN python3 <<EOF > /hello
print("curl https://example.com")
EOF
`,
    files: [],
    fetches: null,
  },
  'one target of several': {
    dockerfile: `FROM node:20 AS base
WORKDIR /app
COPY package.json .
FROM base AS test
COPY test ./test
RUN npm install
FROM base AS dev
COPY devtools ./devtools
CMD ["npm", "run", "dev"]
FROM base AS prod
COPY src ./src
CMD ["node", "src/index.js"]
`,
    files: ['package.json', 'src/index.js'],
    build: 'target: prod',
    fetches: null,
  },
  'a stage for each architecture': {
    dockerfile: `FROM alpine AS base-amd64
COPY bin/amd64/tool /usr/bin/
FROM alpine AS base-arm64
COPY bin/arm64/tool /usr/bin/
FROM base-\${TARGETARCH}
ARG TARGETARCH
COPY conf/\${TARGETARCH}.conf /etc/tool.conf
`,
    files: ['bin/amd64/tool', 'conf/amd64.conf'],
    fetches: null,
  },
  'build arguments of all kinds': {
    dockerfile: `ARG REGISTRY=docker.io
ARG BASE_TAG=3.19
FROM \${REGISTRY}/library/alpine:\${BASE_TAG}
ARG BUILD_NUMBER
ARG APP_HOME=/srv/app
ENV APP_HOME=\${APP_HOME} PATH="$PATH:\${APP_HOME}/bin"
WORKDIR $APP_HOME
COPY --chown=\${UID:-1000}:\${GID:-1000} . .
RUN echo "build $BUILD_NUMBER" > /dev/null
LABEL org.opencontainers.image.base.name="alpine" \\
      maintainer='team $NAME'
`,
    files: ['bin/run'],
    build:
      'unhashed_build_args: { REGISTRY: mirror.test, BUILD_NUMBER: 7 }\n      build_args: { BASE_TAG: "3.20", http_proxy: "http://proxy:3128" }',
    fetches: null,
  },
  'the old way of writing': {
    dockerfile: `from ubuntu:22.04
maintainer someone
env LANG C.UTF-8
add . /opt/app
run cd /opt/app && \\
    make   \\
      all
volume /data
cmd /opt/app/run
`,
    files: ['Makefile', 'run'],
    fetches: null,
  },
  'windows line ends': {
    dockerfile:
      'FROM alpine\r\nCOPY a.txt \\\r\n  b.txt \\\r\n  # both\r\n  /x/\r\nRUN apk add \\\r\n  curl\r\n',
    files: ['a.txt', 'b.txt'],
    fetches: 'Dockerfile:6:5 apk',
  },
  windows: {
    dockerfile: `# escape=\`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command"]
COPY app.exe C:\\app\\
RUN Invoke-WebRequest https://example.com/x.zip -OutFile x.zip; \`
    Expand-Archive x.zip
`,
    files: ['app.exe'],
    fetches: null,
  },
  'an additional context': {
    dockerfile: `FROM alpine
COPY --from=shared scripts/ /scripts/
RUN --mount=from=shared,source=config,target=/config cp /config/a.conf /etc/
COPY main.sh /
`,
    files: ['main.sh', 'lib/scripts/a.sh', 'lib/config/a.conf'],
    build: 'additional_contexts: { shared: lib }',
    fetches: null,
  },
  'another frontend': {
    dockerfile: `# syntax=docker.io/someone/frontend:2
FROM alpine
COPY everything-is-different /
`,
    files: [],
    fetches: null,
  },
  'ssh to clone from': {
    dockerfile: `FROM alpine/git AS source
RUN mkdir -p -m 0700 ~/.ssh && ssh-keyscan github.com >> ~/.ssh/known_hosts
RUN --mount=type=ssh git clone git@github.com:team/private.git /src
FROM alpine
COPY --from=source /src /src
`,
    files: [],
    build: 'ssh: [default]',
    fetches: 'Dockerfile:3:22 git',
  },
  'an entry point with links': {
    dockerfile: `FROM busybox
COPY ./docker-entrypoint.sh /usr/local/bin/
RUN ln -s usr/local/bin/docker-entrypoint.sh / # backwards compat; curl x
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
ONBUILD COPY . /app
`,
    files: ['docker-entrypoint.sh'],
    fetches: null,
  },
};
