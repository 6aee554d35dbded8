/** A kind of Dockerfile, what in it is to be told of (null: nothing), and its text. */
type Judged = readonly [name: string, told: string | null, dockerfile: string];

const SHA = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const COMMIT = '8d777f385d3dfec8815d20f7496026dc8d777f38';

/** Dockerfiles whose network access is pinned, or follows what is in the context. */
export const QUIET: readonly Judged[] = [
  [
    'a python service with poetry of one version',
    null,
    `FROM python:3.12-slim
ARG POETRY_VERSION=1.8.2
RUN pip install --no-cache-dir "poetry==\${POETRY_VERSION}" && poetry config virtualenvs.create false
WORKDIR /srv
COPY pyproject.toml poetry.lock ./
RUN poetry install --only main --no-root
CMD ["python", "-m", "service"]`,
  ],
  [
    'python wheels from an index of their own',
    null,
    `FROM python:3.11
RUN pip install --no-cache-dir torch==2.2.0 -i https://wheels.example.com/simple --trusted-host wheels.example.com
RUN pip3 install -t /opt/site -c constraints.txt "uvicorn[standard]==0.29.0" httpx==0.27.0
RUN pip install git+https://github.com/team/tool.git@v1.4.0 git+https://github.com/team/more@${COMMIT}
RUN pip install https://wheels.example.com/own-2.3.1-py3-none-any.whl`,
  ],
  [
    'python with hashes, behind an upgrade to one version',
    null,
    `FROM python:3.12
RUN python -m pip install --upgrade pip==24.0 setuptools==69.5.1
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install --require-hashes --no-deps -r requirements.txt`,
  ],
  [
    'python with uv from its image',
    null,
    `FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:0.4.9 /uv /bin/uv
COPY uv.lock pyproject.toml ./
RUN uv sync --locked --no-install-project && uv run python -m compileall src`,
  ],
  [
    'python with pipenv',
    null,
    `FROM python:3.10
RUN pip install pipenv==2023.12.1
COPY Pipfile Pipfile.lock ./
RUN pipenv install --deploy --system && pipenv sync`,
  ],
  [
    'a web app in two stages',
    null,
    `FROM node:20 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run lint && npm run build && npm prune --omit=dev
FROM nginx:1.25-alpine
COPY --from=build /app/dist /usr/share/nginx/html
HEALTHCHECK --interval=30s CMD wget -qO- http://localhost/ || exit 1`,
  ],
  [
    'node with corepack',
    null,
    `FROM node:20-slim
ENV PNPM_HOME=/pnpm
RUN corepack enable && corepack prepare pnpm@9.1.0 --activate
COPY pnpm-lock.yaml ./
RUN pnpm fetch --prod
COPY . .
RUN pnpm -r install --frozen-lockfile --offline && pnpm --filter api deploy --prod /out`,
  ],
  [
    'node with tools of one version',
    null,
    `FROM node:18
RUN npm install -g @angular/cli@17.3.0 typescript@5.4.5 --registry https://npm.example.com
RUN yarn global add serve@14.2.0
RUN yarn install --immutable && yarn build && npx tsc --noEmit`,
  ],
  [
    'bun',
    null,
    `FROM oven/bun:1.1
COPY package.json bun.lockb ./
RUN bun install --frozen-lockfile --production
RUN bun run build`,
  ],
  [
    'a static go program',
    null,
    `FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
RUN go install github.com/swaggo/swag/cmd/swag@v1.16.3
COPY . .
RUN CGO_ENABLED=0 go build -ldflags "-s -w" -o /out ./cmd/... && go vet ./...
FROM gcr.io/distroless/static
COPY --from=build /out /`,
  ],
  [
    'rust with a target of its own',
    null,
    `FROM rust:1.78 AS build
RUN rustup target add x86_64-unknown-linux-musl
RUN cargo install --locked cargo-chef@0.1.67
RUN cargo chef cook --release --recipe-path recipe.json
RUN cargo build --release --locked --target x86_64-unknown-linux-musl`,
  ],
  [
    'java with maven from an archive',
    null,
    `FROM eclipse-temurin:21 AS build
ENV MAVEN_VERSION=3.9.6
RUN curl -fsSL https://archive.example.org/maven-3/\${MAVEN_VERSION}/apache-maven-\${MAVEN_VERSION}-bin.tar.gz | tar -xz -C /opt
COPY pom.xml .
RUN mvn -B -q dependency:go-offline
COPY src src
RUN mvn -B -DskipTests package`,
  ],
  ['java with gradle', null, 'FROM gradle:8.7-jdk21\nCOPY . .\nRUN ./gradlew --no-daemon bootJar'],
  [
    'ruby with a bundler of one version',
    null,
    `FROM ruby:3.3
RUN gem install bundler:2.5.6 --no-document && gem install rake -v 13.2.1
RUN bundle config set --local deployment true && bundle install --jobs 4
RUN bundle exec rake assets:precompile`,
  ],
  [
    'php with extensions',
    null,
    `FROM php:8.3-fpm
COPY --from=composer:2 /usr/bin/composer /usr/bin/
RUN docker-php-ext-install pdo_mysql && pecl install redis-6.0.2 && docker-php-ext-enable redis
COPY composer.json composer.lock ./
RUN composer install --no-dev --prefer-dist && composer dump-autoload --optimize`,
  ],
  [
    'alpine packages of one version',
    null,
    `FROM alpine:3.19
RUN apk add --no-cache --virtual .build -X https://mirror.example.com/edge curl=8.5.0-r0 "tzdata~=2024a" \\
  && apk del .build`,
  ],
  [
    'debian packages of one version',
    null,
    `FROM debian:12-slim
RUN apt-get -qq update \\
 && apt-get install -qq -y --no-install-recommends -t bookworm-backports nginx=1.22.1-9 'openssl=3.0.*' \\
 && rm -rf /var/lib/apt/lists/*`,
  ],
  [
    'debian as it was on a day',
    null,
    `FROM debian:12-slim
RUN echo 'deb [check-valid-until=no] https://snapshot.debian.org/archive/debian/20240501T000000Z bookworm main' >/etc/apt/sources.list
RUN apt-get update && apt-get install -y curl git`,
  ],
  [
    'ubuntu as it was on a day',
    null,
    `FROM ubuntu:24.04
RUN apt-get update --snapshot 20240501T000000Z && apt-get install -y --snapshot 20240501T000000Z curl`,
  ],
  [
    'rpms of one version',
    null,
    `FROM rockylinux:9
RUN dnf install -y nginx-1.20.1-14.el9 python3.11-3.11.5-1.el9 && dnf clean all
RUN rpm -ivh https://repo.example.com/tool-1.2.3-1.x86_64.rpm`,
  ],
  [
    'a download with its sum',
    null,
    `FROM alpine:3.19
ARG TOOL_SHA=${SHA}
RUN wget -q https://example.com/tool && echo "$TOOL_SHA  tool" | sha256sum -cs - && install tool /usr/bin`,
  ],
  [
    'a download that is compared with its sum',
    null,
    `FROM debian:12
RUN curl -fsSLo /tmp/x https://example.com/x && test "$(sha256sum /tmp/x | cut -d' ' -f1)" = ${SHA}`,
  ],
  [
    'downloads of releases',
    null,
    `FROM debian:12
ENV TINI_VERSION v0.19.0
ADD https://github.com/krallin/tini/releases/download/\${TINI_VERSION}/tini /tini
ARG KUBECTL=v1.29.2 TARGETARCH
RUN curl -LO "https://dl.k8s.io/release/\${KUBECTL}/bin/linux/\${TARGETARCH}/kubectl"
RUN set -eux; version=2.6.1; for a in x y; do wget "https://example.com/$a/v$version/tool.tgz"; done
RUN curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh | bash`,
  ],
  [
    'a download with its sum in ADD',
    null,
    `FROM scratch\nADD --checksum=sha256:${SHA} https://example.com/data.bin /`,
  ],
  [
    'repositories at one commit',
    null,
    `FROM debian:12
ARG REF=${COMMIT}
RUN git clone https://example.com/a.git /a && git -C /a checkout "$REF" && git -C /a submodule update --init
RUN git init /b && cd /b && git remote add origin https://example.com/b && git fetch --depth 1 origin ${COMMIT} && git checkout FETCH_HEAD
RUN git clone --depth=1 --branch=v2.1.0 https://example.com/c /c
ADD https://example.com/d.git#${COMMIT} /d
ADD git@example.com:team/e.git#v1.2.0 /e`,
  ],
  [
    'dotnet',
    null,
    `FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
COPY *.csproj ./
RUN dotnet restore && dotnet tool install --global dotnet-ef --version 8.0.4
RUN dotnet publish -c Release -o /out`,
  ],
  [
    'what only talks of fetching',
    null,
    `FROM alpine:3.19
RUN echo "run apk add curl" >/README && printf 'curl https://example.com\\n' >/go.sh && chmod +x /go.sh
RUN mkdir -p /etc/apt && : >/etc/pip.conf && pip --version || true
CMD ["curl", "-f", "https://example.com"]`,
  ],
  [
    'a clone of what is in the context',
    null,
    'FROM alpine/git\nCOPY . /src\nRUN git clone /src /copy && git clone file:///src /more',
  ],
];

/** Dockerfiles that get what is newest on the day. */
export const FETCHING: readonly Judged[] = [
  ['python', '3:5 pip', 'FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt'],
  [
    'a virtual environment',
    '2:29 pip',
    'FROM python:3\nRUN python -m venv /venv && /venv/bin/pip install flask',
  ],
  [
    'the newest pip',
    '2:5 pip',
    'FROM python:3\nRUN pip install -U pip && pip install flask==3.0.0',
  ],
  ['a branch', '2:5 pip', 'FROM python:3\nRUN pip install git+https://github.com/team/tool@main'],
  ['pipenv without its lock', '2:5 pipenv', 'FROM python:3\nRUN pipenv install flask'],
  [
    'a tool by pipx',
    '2:5 pipx',
    'FROM python:3\nRUN pipx install ruff && pipx install black==24.4.2',
  ],
  [
    'conda',
    '2:5 micromamba',
    'FROM mambaorg/micromamba:1\nRUN micromamba install -y -n base -f env.yaml',
  ],
  ['node', '3:5 npm', 'FROM node:20\nCOPY package.json .\nRUN npm install --omit=dev'],
  ['a global tool', '2:5 npm', 'FROM node:20\nRUN npm i -g pnpm'],
  [
    'the newest pnpm',
    '2:24 corepack',
    'FROM node:20\nRUN corepack enable && corepack prepare pnpm@latest --activate',
  ],
  ['bun', '2:5 bun', 'FROM oven/bun:1\nRUN bun add zod'],
  [
    'a go tool',
    '2:20 go',
    'FROM golang:1.22\nRUN GO111MODULE=on go install github.com/air-verse/air@latest',
  ],
  [
    'a go tool that is run',
    '2:5 go',
    'FROM golang:1.22\nRUN go run golang.org/x/tools/cmd/stringer@latest -type=X',
  ],
  [
    'rust',
    '2:5 curl',
    "FROM debian:12\nRUN curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y",
  ],
  ['a rust toolchain', '2:5 rustup', 'FROM rust:1\nRUN rustup toolchain install nightly'],
  ['sdkman', '2:5 curl', 'FROM debian:12\nRUN curl -s "https://get.sdkman.io" | bash'],
  ['ruby', '2:5 gem', 'FROM ruby:3\nRUN gem install rails'],
  ['php', '2:5 pecl', 'FROM php:8\nRUN pecl install xdebug'],
  [
    'composer itself',
    '2:5 curl',
    'FROM php:8\nRUN curl -sS https://getcomposer.org/installer | php',
  ],
  ['alpine', '2:5 apk', 'FROM alpine:3.19\nRUN apk add --no-cache ca-certificates tzdata'],
  [
    'alpine, upgraded',
    '2:5 apk',
    'FROM alpine:3.19\nRUN apk upgrade --no-cache && apk add --no-cache curl=8.5.0-r0',
  ],
  [
    'debian',
    '2:5 apt-get',
    'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl',
  ],
  [
    'debian, upgraded',
    '2:5 apt-get',
    'FROM debian:12\nRUN apt-get update && apt-get dist-upgrade -y && apt-get install curl=8.0',
  ],
  [
    'a list of packages',
    '2:23 apt-get',
    'FROM debian:12\nRUN xargs -a list.txt apt-get install -y',
  ],
  ['rpms', '2:5 dnf', 'FROM rockylinux:9\nRUN dnf install -y java-17-openjdk gcc-toolset-12'],
  [
    'a repository by rpm',
    '2:5 rpm',
    'FROM rockylinux:9\nRUN rpm -Uvh https://example.com/epel-release-latest-9.noarch.rpm',
  ],
  [
    'the latest release',
    '2:5 curl',
    'FROM debian:12\nRUN curl -L https://github.com/a/b/releases/latest/download/b-1.tgz | tar xz',
  ],
  [
    'a release by what a server says',
    '2:43 curl',
    'FROM debian:12\nRUN curl -LO "https://dl.k8s.io/release/$(curl -Ls https://dl.k8s.io/release/stable.txt)/kubectl"',
  ],
  [
    'a script for apt',
    '2:5 curl',
    'FROM debian:12\nRUN curl -fsSL https://deb.nodesource.com/setup_20.x | bash -',
  ],
  ['busybox', '2:13 wget', 'FROM busybox\nRUN busybox wget https://example.com/tool'],
  ['another downloader', '2:5 aria2c', 'FROM debian:12\nRUN aria2c -x 4 https://example.com/tool'],
  ['another user', '2:15 npm', 'FROM node:20\nRUN gosu node npm install'],
  [
    'a branch of a repository',
    '2:5 git',
    'FROM debian:12\nRUN git clone --depth 1 -b main https://example.com/a.git',
  ],
  ['a repository in ADD', '2:5 ADD', 'FROM scratch\nADD https://github.com/a/b.git#main /b'],
  ['a repository in ADD, by ssh', '2:5 ADD', 'FROM scratch\nADD git@github.com:a/b.git /b'],
  [
    'a branch as an archive',
    '2:5 ADD',
    'FROM scratch\nADD https://github.com/a/b/archive/refs/heads/v1.2.tar.gz /b',
  ],
  [
    'an unknown version',
    '3:5 curl',
    'FROM debian:12\nARG VERSION\nRUN curl -L https://example.com/tool-$VERSION.tgz',
  ],
  [
    'another sum than that of the download',
    '2:5 curl',
    'FROM debian:12\nRUN curl -LO https://example.com/tool && sha256sum tool',
  ],
  ['the newest version, asked for', '2:5 poetry', 'FROM python:3\nRUN poetry add flask'],
];
