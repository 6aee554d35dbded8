import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';

/** What is found about a hashed image with the lines as its only stage. */
async function found(lines: string, keys = 'with_hash: true', build = ''): Promise<string[]> {
  const complained = await complaints({
    'ensure.yaml': `images:\n  base: { name: parent, build: { dockerfile_inline: FROM scratch, interval: 1d } }\n  app:\n    ${keys}\n    build:\n      files: all\n      ${build}\n`,
    Dockerfile: `FROM busybox\n${lines}\n`,
  });
  return complained.filter((line) => line.includes('fetch-without-interval'));
}

const told = (place: string, tool: string) =>
  `Dockerfile:${place} warning fetch-without-interval: \`${tool}\` fetches from the network: when what it fetches changes, the tag does not (give the image an \`interval\` after which it is built anew, such as \`1d\`, or pin what is fetched)`;

describe('what fetches from the network', () => {
  test.each([
    ['apt-get', '2:5', 'RUN apt-get update'],
    ['apt-get', '2:37', 'RUN DEBIAN_FRONTEND=noninteractive  apt-get -y -o A=b install curl'],
    ['apt', '2:13', 'RUN set -e; apt install -y x'],
    ['apt-get', '2:13', 'RUN sudo -E /usr/bin/apt-get update'],
    [
      'apt-get',
      '4:5',
      'RUN set -eux; \\\n    # first curl\n    apt-get update; \\\n    apt-get install x',
    ],
    ['apk', '2:5', 'RUN apk add --no-cache curl'],
    ['apk', '2:5', 'RUN apk --no-cache upgrade'],
    ['yum', '2:5', 'RUN yum install -y x'],
    ['dnf', '2:5', 'RUN dnf -y install x && dnf clean all'],
    ['microdnf', '2:5', 'RUN microdnf install x'],
    ['pip', '2:5', 'RUN pip install -r requirements.txt'],
    ['pip3.12', '2:5', 'RUN pip3.12 install flask'],
    ['python3', '2:5', 'RUN python3 -m pip install --upgrade pip'],
    ['pip', '2:5', 'RUN pip install .'],
    ['uv', '2:5', 'RUN uv pip install flask'],
    ['npm', '2:5', 'RUN npm install'],
    ['npm', '2:5', 'RUN npm --prefix /app i express'],
    ['yarn', '2:5', 'RUN yarn'],
    ['yarn', '2:5', 'RUN yarn install'],
    ['pnpm', '2:5', 'RUN pnpm install'],
    ['go', '2:5', 'RUN go install golang.org/x/tools/cmd/stringer@latest'],
    ['go', '2:5', 'RUN go get github.com/a/b'],
    ['cargo', '2:5', 'RUN cargo install ripgrep'],
    ['gem', '2:5', 'RUN gem install bundler'],
    ['curl', '2:5', 'RUN curl -fsSL https://example.com/x | tar xz'],
    ['curl', '2:5', 'RUN curl -o x "$URL"'],
    ['wget', '2:5', 'RUN wget -qO- https://example.com/install.sh | sh'],
    ['git', '2:5', 'RUN git clone --depth 1 https://example.com/x.git'],
    ['git', '2:5', 'RUN git -C /x submodule update --init'],
    ['ADD', '2:5', 'ADD https://example.com/x /x'],
    ['ADD', '2:5', 'ADD git@github.com:a/b.git#v1 /x'],
    ['curl', '2:10', 'RUN V="$(curl -s https://example.com/version)" && echo $V'],
    ['wget', '2:8', 'RUN V=`wget -qO- https://example.com/version`'],
    ['git', '2:34', 'RUN if ! command -v git; then :; git clone https://example.com/x; fi'],
    ['curl', '2:10', 'RUN (ls; curl https://example.com)'],
    ['apk', '2:6', 'RUN ["apk", "add", "curl"]'],
    ['pip', '2:6', 'RUN ["sh", "-c", "pip install x"]'],
    ['npm', '2:5', "RUN bash -lc 'cd /x && npm install'"],
    ['dnf', '4:1', 'RUN <<EOF\n# apt-get update\ndnf install x\nEOF'],
    ['dnf', '4:2', 'RUN <<-EOF bash\n\t: \n\tdnf install x\n\tEOF'],
    ['curl', '2:5', 'RUN curl -L https://example.com/latest/tool-1.2.tgz'],
    ['curl', '2:5', 'RUN curl -L https://10.0.0.1/tool'],
    ['git', '2:5', 'RUN git clone --branch main https://example.com/x.git'],
    ['pip', '2:5', 'RUN pip install flask==3.0.1 gunicorn'],
    ['npm', '2:5', 'RUN npm install -g npm@latest'],
    ['npx', '2:5', 'RUN npx -y tool'],
    ['apk', '2:5', 'RUN apk add --no-cache curl=8.5.0-r0 git'],
    ['apt-get', '2:5', 'RUN apt-get update && apt-get install -y curl=8.5.0-2 git'],
    ['composer', '2:5', 'RUN composer require a/b'],
    ['bundle', '2:5', 'RUN bundle update'],
    ['poetry', '2:5', 'RUN poetry add flask'],
    ['uv', '2:5', 'RUN uv tool install ruff'],
    ['dotnet', '2:5', 'RUN dotnet tool install -g x'],
    ['mvn', '2:5', 'RUN mvn -U package'],
    ['gradlew', '2:5', 'RUN ./gradlew --refresh-dependencies build'],
    ['gem', '2:34', 'RUN --mount=type=cache,target=/c gem install x'],
  ])('%s at %s: %s', async (tool, place, lines) => {
    expect(await found(lines)).toEqual([told(place, tool)]);
  });

  test('is told of once, for the stages that are built', async () => {
    const lines =
      'RUN curl a://b\nFROM busybox\nRUN true && wget x && apk add y\nADD https://a.b/c /\n';
    expect(await found(lines)).toEqual([told('4:13', 'wget')]);
  });
});

describe('what does not fetch, or is pinned', () => {
  test.each([
    'RUN echo "apt-get update" && printf curl',
    "RUN echo 'RUN curl https://example.com' > /x",
    'RUN apt-get clean && apt-get -y purge curl && rm -rf /var/lib/apt/lists/*',
    'RUN apk del curl',
    'RUN apk add --no-network --allow-untrusted ./x.apk',
    'RUN dnf clean all',
    'RUN pip --version && pip list && pip uninstall -y x',
    'RUN pip install --no-index --find-links=/wheels x',
    'RUN pip install --require-hashes -r requirements.txt',
    'RUN pip install --no-deps .',
    'RUN pip install --no-deps ./x.whl /wheels/y.whl',
    'RUN python -m compileall . && python setup.py install',
    'RUN npm ci && npm run build && npm test && npm prune --omit=dev',
    'RUN npm run install-all',
    'RUN yarn install --frozen-lockfile && yarn build',
    'RUN yarn --immutable',
    'RUN yarn --version',
    'RUN pnpm install --frozen-lockfile --prod && pnpm run build',
    'RUN pnpm fetch',
    'RUN go mod download && go build ./... && go install ./cmd/app',
    'RUN go install github.com/go-delve/delve/cmd/dlv@v1.22.1',
    'RUN cargo build --release --locked && cargo test',
    'RUN cargo install --path . && cargo install --locked ripgrep@14.1.0',
    'RUN cargo install --locked --version 14.1.0 ripgrep',
    'RUN gem install bundler -v 2.5.6 && bundle install',
    'RUN mvn -B package && ./gradlew build',
    'RUN curl --version && wget --help',
    'RUN curl -f http://localhost:8080/health',
    'RUN curl -fsSLo x.tgz https://example.com/x.tgz && echo "abc  x.tgz" | sha256sum -c - && tar xf x.tgz',
    'RUN wget https://example.com/x && sha512sum --check sums',
    `RUN git clone https://example.com/x && cd x && git checkout ${'a1'.repeat(20)}`,
    'RUN git init && git config user.name x && git clone /src/x y',
    'RUN command -v curl || which wget; type git',
    'RUN [ -x /usr/bin/curl ] && ls /usr/bin/wget',
    'RUN for tool in curl wget; do ln -s /bin/busybox /bin/$tool; done',
    'RUN TOOLS=(curl wget) && ls',
    'RUN # curl https://example.com',
    'RUN true \\\n  # curl https://example.com\n  && ls',
    'RUN cat <<EOF > /install.sh\ncurl https://example.com\nEOF',
    'RUN python3 <<EOF\ncurl = 1\nEOF',
    'RUN <<EOF\n#!/usr/bin/env python3\ncurl = "x"\nEOF',
    'RUN <<EOF\ncat <<X > /y\ncurl https://example.com\nX\nEOF',
    'COPY <<EOF /x\ncurl https://example.com\nEOF',
    'RUN --network=none curl https://example.com',
    'RUN curl -fsSL https://example.com/releases/v1.2.3/tool -o /tool',
    'RUN wget https://example.com/tool-1.2.3.tar.gz',
    'ARG V=1.2.3\nRUN curl -L "https://example.com/$V/tool" | tar xz',
    'ENV V=1.2.3\nRUN curl -L https://example.com/v${V}/tool -o /tool',
    'RUN V=1.2.3 && curl -LO https://example.com/tool-$V.tgz',
    'ADD https://example.com/tool-1.2.3.tgz /',
    'ARG V=1.2.3\nADD https://example.com/tool-${V}.tgz /',
    'RUN git clone --depth 1 --branch v1.2.3 https://example.com/x.git',
    'RUN git clone -b 1.2 https://example.com/x.git',
    'RUN git clone https://example.com/x && cd x && git checkout v1.2.3',
    'RUN git clone https://example.com/x && cd x && git reset --hard 3f2a91c',
    'RUN go install example.com/x@v1.2',
    'RUN pip install flask==3.0.1 "gunicorn[gevent]==22.0"',
    'ARG V=1.8.2\nRUN pip install "poetry==$V"',
    'RUN npm install -g npm@10.2.0 @scope/tool@1.0.0',
    'RUN npx --yes tool@1.2.3 && npx tsc',
    'RUN pnpm add -g tool@8.1.0 && yarn global add tool@1.2.3',
    'RUN apk add --no-cache curl=8.5.0-r0',
    'RUN apt-get update && apt-get install -y curl=8.5.0-2',
    'RUN conda install -y numpy=1.26',
    'RUN composer install --no-dev && bundle install && poetry install --no-root',
    'RUN uv sync --frozen && uv tool install ruff==0.5.0',
    'RUN dotnet restore && dotnet tool install -g x --version 1.2.3',
    'HEALTHCHECK CMD curl -f http://example.com',
    'CMD curl https://example.com\nENTRYPOINT ["wget", "x"]',
    'ONBUILD RUN npm install',
    `ADD --checksum=sha256:${'0'.repeat(64)} https://example.com/x /x`,
    `ADD https://github.com/a/b.git#${'0'.repeat(40)} /x`,
    'RUN cp curl /usr/bin/ && chmod +x /usr/bin/wget',
    'RUN --mount=type=bind,source=.,target=/curl make',
  ])('%s', async (lines) => {
    expect(await found(lines)).toEqual([]);
  });
});

describe('an image is not asked for an interval', () => {
  const FETCH = 'RUN apk add curl';

  test.each([
    ['without a hash in its tag', 'version: 1', ''],
    ['with one', 'with_hash: true', 'interval: 1d'],
    [
      'whose parent has one',
      'with_hash: true',
      'parents: [base], build_args: { A: "${images.base.ref}" }',
    ],
    ['that is built in every run', 'with_hash: true\n    force_build: true', ''],
    ['that builds without a network', 'with_hash: true', 'network: none'],
  ])('%s', async (_, keys, build) => {
    expect(await found(FETCH, keys, build.replaceAll(', ', '\n      '))).toEqual([]);
  });
});
