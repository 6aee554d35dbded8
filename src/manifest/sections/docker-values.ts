import { isIP } from 'node:net';
import { nearest } from '../../model/nearest.ts';
import { OPERATING_SYSTEMS } from '../../model/operating-systems.ts';
import { parseReference } from '../../model/reference.ts';
import type { Findings, Mistake } from '../findings.ts';
import { type Entries, type Entry, entriesOf, itemsOf, type Tree } from '../tree.ts';

/** Checks the values that docker would refuse, and only once it builds. */
export function checkDockersValues(build: Entries, findings: Findings): void {
  const tell = (value: Tree, text: string | null, mistakeIn: (text: string) => Mistake | null) => {
    if (text === null || findings.isBad(value)) return;
    const mistake = mistakeIn(text);
    if (mistake !== null) findings.reject(value, mistake);
  };
  const value = (key: string) => build.get(key)?.value;
  for (const entry of entriesOf(value('extra_hosts')).values()) {
    const name = hostNameMistake(entry.key);
    if (name !== null) findings.reject(entry.value, name, entry.keyPlace);
    tell(entry.value, literalOf(entry.value), addressMistake);
  }
  for (const entry of entriesOf(value('ulimits')).values()) checkUlimit(entry, findings);
  for (const { value: source } of entriesOf(value('additional_contexts')).values()) {
    const directory = entriesOf(source).get('directory')?.value;
    if (directory === undefined) tell(source, literalOf(source), contextMistake);
    else tell(directory, literalOf(directory), folderMistake);
  }
  for (const [key, mistakeIn] of [
    ['network', networkMistake],
    ['builder', builderMistake],
  ] as const) {
    const given = value(key);
    // An empty one counts as none.
    if (given !== undefined) tell(given, literalOf(given) || null, mistakeIn);
  }
  for (const item of itemsOf(value('platforms'))) tell(item, literalOf(item), platformMistake);
}

/** The string of a scalar; null where it is none, or has a reference in it that is not known yet. */
function literalOf(tree: Tree): string | null {
  if (tree.kind !== 'scalar' || tree.value === null || tree.refs.length > 0) return null;
  return tree.text.join('');
}

function hostNameMistake(name: string): Mistake | null {
  if (/^[^\s=,"]+$/.test(name)) return null;
  return {
    code: 'bad-host',
    message: `\`${name}\` cannot be the name of a host`,
    advice: 'write a name such as `mirror.example.com`',
  };
}

function addressMistake(text: string): Mistake | null {
  const address = /^\[(.*)\]$/s.exec(text)?.[1] ?? text;
  // Node takes a zone, `fe80::1%eth0`, and docker does not.
  if (text === 'host-gateway' || (isIP(address) !== 0 && !address.includes('%'))) return null;
  return {
    code: 'bad-address',
    message: `\`${text}\` is no IP address`,
    advice: 'write one such as `10.0.0.7` or `fd00::7`, or `host-gateway` for the host',
  };
}

/** https://pkg.go.dev/github.com/docker/go-units#Ulimit */
const ULIMITS = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];
const MOST = 2n ** 63n - 1n;

function checkUlimit({ key, keyPlace, value }: Entry, findings: Findings): void {
  if (!ULIMITS.includes(key)) {
    const near = nearest(key, ULIMITS);
    const advice =
      near === null ? `the limits are ${ULIMITS.join(', ')}` : `did you mean \`${near}\`?`;
    const message = `docker knows no limit \`${key}\``;
    findings.reject(value, { code: 'unknown-ulimit', message, advice }, keyPlace);
    return;
  }
  const text = literalOf(value);
  if (text === null || findings.isBad(value)) return;
  const [soft = 0n, hard = soft] = text.split(':').map(BigInt);
  if (soft > MOST || hard > MOST) {
    const message = `\`${text}\` is more than docker can count to`;
    findings.reject(value, { code: 'bad-ulimit', message, advice: 'write `-1` for no limit' });
  } else if (hard !== -1n && (soft === -1n || soft > hard)) {
    const message = `the soft limit of \`${key}\`, ${soft}, is above the hard one, ${hard}`;
    const advice = `write \`${hard}:${soft}\` if they are the wrong way round: the soft one comes first`;
    findings.reject(value, { code: 'bad-ulimit', message, advice });
  }
}

function networkMistake(text: string): Mistake | null {
  if (['default', 'none', 'host'].includes(text)) return null;
  return {
    code: 'bad-network',
    message: `a build cannot use the network \`${text}\``,
    advice:
      'write `default`, `none` or `host`; a network of your own belongs to a builder, as a driver option of `docker buildx create`',
  };
}

/** Names of builders and of docker contexts. */
function builderMistake(text: string): Mistake | null {
  if (/^[a-zA-Z0-9][\w.+-]*$/.test(text)) return null;
  return {
    code: 'bad-builder',
    message: `\`${text}\` cannot be the name of a builder`,
    advice: '`docker buildx ls` lists those that there are',
  };
}

const ARCHITECTURES =
  /^(386|amd64|amd64p32|arm|arm64|armbe|arm64be|armel|armhf|aarch64|i386|loong64|mips(64)?(p32)?(le)?|ppc(64(le)?)?|riscv(64)?|s390x?|sparc(64)?|wasm|x86_64|x86-64)$/;

function platformMistake(text: string): Mistake | null {
  const parts = text.toLowerCase().split('/');
  const [first = ''] = parts;
  const spelt = parts.length <= 3 && parts.every((part) => /^[a-z0-9_-]+$/.test(part));
  // A lone system leaves the architecture to docker, and `local` both.
  const isSystem = first === 'local' || OPERATING_SYSTEMS.has(first);
  if (spelt && (parts.length > 1 || ARCHITECTURES.test(first) || isSystem)) return null;
  return {
    code: 'bad-platform',
    message: `\`${text}\` is no platform`,
    advice: 'write it like `linux/amd64` or `linux/arm64/v8`',
  };
}

/** What docker reads by itself; all else with a scheme is a folder of that name to it. */
const CONTEXT = /^(docker-image|oci-layout|target|https?|git|ssh):/i;

/** What is for docker to read has no files to choose from. */
function folderMistake(text: string): Mistake | null {
  const isFolder = !/^([a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:|github\.com\/)/i.test(text);
  if (isFolder) return contextMistake(text);
  return {
    code: 'bad-context',
    message: `\`${text}\` is no folder`,
    advice: 'write the address itself, without `directory` and `files`',
  };
}

function contextMistake(text: string): Mistake | null {
  const [, image] = /^docker-image:\/\/(.*)$/s.exec(text) ?? [];
  const unknown = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !CONTEXT.test(text);
  if (text !== '' && !unknown && (image === undefined || parseReference(image) !== null))
    return null;
  return {
    code: 'bad-context',
    message:
      text === ''
        ? 'an additional context is empty'
        : image === undefined
          ? `docker reads no build context from \`${text}\``
          : `\`${image}\` is no image reference`,
    advice: 'write a folder, `docker-image://REFERENCE`, or a git or http address',
  };
}
