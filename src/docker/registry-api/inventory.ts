import type { Labels } from '../../model/image-labels.ts';
import type { RemoteTag } from '../../model/stale.ts';
import type { Inventory } from '../port.ts';
import {
  type Answer,
  nextPage,
  type Parts,
  parseConfig,
  parseManifest,
  parseParts,
  parseTags,
  saidBy,
  saysAbsent,
} from './answers.ts';
import type { Channel } from './channel.ts';

/** Why something cannot be told. */
interface Problem {
  readonly problem: string;
}

/**
 * Reads all tags of a repository and what each names; of those that are wanted also what their images say of
 * themselves. It is whole, or it says what could not be had.
 */
export async function readInventory(
  channel: Channel,
  isWanted: (tag: string) => boolean,
): Promise<Inventory> {
  const names = await readTags(channel);
  if ('problem' in names) return { ok: false, message: names.problem };
  const read = await Promise.all(names.map((tag) => readTag(channel, tag, isWanted(tag))));
  const tags: RemoteTag[] = [];
  for (const each of read) {
    if (each === null) continue;
    if ('problem' in each) return { ok: false, message: each.problem };
    tags.push(each);
  }
  return { ok: true, tags };
}

async function readTags(channel: Channel): Promise<readonly string[] | Problem> {
  const tags = new Set<string>();
  const asked = new Set<string>();
  for (let path: string | null = 'tags/list?n=1000'; path !== null && !asked.has(path); ) {
    asked.add(path);
    const answer = await channel({ path });
    if (answer === null) return NO_ANSWER;
    if (saysAbsent(answer)) break;
    const page = answer.status === 200 ? parseTags(answer) : null;
    if (page === null)
      return { problem: `its tags cannot be listed: it answers ${saidBy(answer)}` };
    for (const tag of page) tags.add(tag);
    path = nextPage(answer);
  }
  return [...tags];
}

/** Null where the tag is gone meanwhile. */
async function readTag(
  channel: Channel,
  tag: string,
  isWanted: boolean,
): Promise<RemoteTag | Problem | null> {
  const answer = await channel({ path: `manifests/${tag}` });
  if (answer === null) return NO_ANSWER;
  if (saysAbsent(answer)) return null;
  const parts = parseParts(answer);
  const [digest, ...others] = parts?.digests ?? [];
  if (parts === null || digest === undefined)
    return { problem: `what the tag ${tag} names cannot be told: it answers ${saidBy(answer)}` };
  const within = await readWithin(channel, parts);
  if ('problem' in within) return within;
  const said = isWanted ? await describe(channel, answer, parts) : NOTHING;
  if ('problem' in said) return said;
  return { tag, digest, parts: [...others, ...within], ...said };
}

/** The digests of all manifests within one, and within those. */
async function readWithin(
  channel: Channel,
  { manifests }: Parts,
  depth = 0,
): Promise<readonly string[] | Problem> {
  const found = manifests.map(({ digest }) => digest);
  for (const { digest } of manifests.filter(({ isIndex }) => isIndex)) {
    const answer = depth < DEEPEST ? await channel({ path: `manifests/${digest}` }) : null;
    const parts = answer && parseParts(answer);
    const within = parts && (await readWithin(channel, parts, depth + 1));
    if (within === null) return { problem: `what is within ${digest} cannot be told` };
    if ('problem' in within) return within;
    found.push(...within);
  }
  return found;
}

const DEEPEST = 4;

type Said = Pick<RemoteTag, 'labels' | 'createdMs' | 'size'>;

/** What images say of themselves: of several, the labels of the first, the latest time, and the sizes of all. */
async function describe(
  channel: Channel,
  answer: Answer,
  { size }: Parts,
  expected: string | null = null,
): Promise<Said | Problem> {
  const manifest = parseManifest(answer, expected);
  if (manifest === null) return { ...NOTHING, size };
  if (manifest.is === 'image') {
    const config = manifest.config && (await channel({ path: `blobs/${manifest.config}` }));
    if (manifest.config !== null && config === null) return NO_ANSWER;
    const parsed = config && manifest.config ? parseConfig(config, manifest.config) : null;
    return { ...(parsed ?? NOTHING), size };
  }
  let all: Said | null = null;
  for (const digest of manifest.images) {
    const part = await channel({ path: `manifests/${digest}` });
    if (part === null) return NO_ANSWER;
    const parts = parseParts(part);
    const said = parts === null ? NOTHING : await describe(channel, part, parts, digest);
    if ('problem' in said) return said;
    all = all === null ? said : together(all, said);
  }
  return all ?? { ...NOTHING, size };
}

function together(one: Said, other: Said): Said {
  const times = [one, other].flatMap(({ createdMs }) => createdMs ?? []);
  return {
    labels: one.labels,
    createdMs: times.length === 0 ? null : Math.max(...times),
    size: one.size + other.size,
  };
}

const NO_LABELS: Labels = {};
const NOTHING: Said = { labels: NO_LABELS, createdMs: null, size: 0 };
const NO_ANSWER: Problem = { problem: 'no answer came, or the login gives no access' };
