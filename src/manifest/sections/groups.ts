import { orderByParents } from '../../graph/order.ts';
import { formatPlace, type Place } from '../../model/source.ts';
import { allNames, chooseNamed, type ImageNames, type UnknownName } from '../choose-images.ts';
import type { Findings, Mistake } from '../findings.ts';
import { type Entry, entriesOf, type Tree } from '../tree.ts';
import { Fields } from './fields.ts';

/** What images there are, and where each name of them stands. */
export type KnownImages = Omit<ImageNames, 'groups'> & {
  readonly placeOf: (name: string) => Place | null;
};

interface Member {
  readonly text: string;
  readonly place: Place;
}

/** The section `groups`: by name, the keys of the images in each, in the order in which they are named. */
export function readGroups(
  sections: readonly (Tree | undefined)[],
  known: KnownImages,
  findings: Findings,
): Map<string, readonly string[]> {
  const members = new Map<string, readonly Member[]>();
  const places = new Map<string, Place>();
  for (const entry of sections.flatMap((section) => [...entriesOf(section).values()])) {
    const mistake = takenName(entry, places.get(entry.key), known);
    if (mistake !== null) findings.reject(entry.value, mistake, entry.keyPlace);
    if (findings.isBad(entry.value)) continue;
    places.set(entry.key, entry.keyPlace);
    const own = new Fields(new Map([[entry.key, entry]]), findings);
    members.set(entry.key, own.strings(entry.key));
  }
  return fill(members, places, { known, findings });
}

function takenName(
  { key }: Entry,
  other: Place | undefined,
  { placeOf }: KnownImages,
): Mistake | null {
  const place = placeOf(key) ?? other ?? null;
  if (place === null) return null;
  const what = other === undefined ? 'an image' : 'another group';
  return {
    code: 'taken-name',
    message: `${what} is called \`${key}\` too (${formatPlace(place)})`,
    advice: 'give the group another name',
  };
}

/** Groups of groups are filled first. */
function fill(
  members: ReadonlyMap<string, readonly Member[]>,
  places: ReadonlyMap<string, Place>,
  { known, findings }: { readonly known: KnownImages; readonly findings: Findings },
): Map<string, readonly string[]> {
  const inner = new Map(
    [...members].map(([name, all]) => [name, all.flatMap(({ text }) => groupIn(text, members))]),
  );
  const { order, circles } = orderByParents(inner);
  for (const circle of circles) tellCircle(circle, members, findings);
  const broken = new Set(circles.flat());
  const groups = new Map<string, readonly string[]>([...members.keys()].map((name) => [name, []]));
  for (const name of order) {
    if (!broken.has(name)) {
      const names = { ...known, groups };
      const texts = (members.get(name) ?? []).map(({ text }) => text);
      const { keys, unknown } = chooseNamed(texts, names);
      for (const each of unknown) tellUnknown(each, members.get(name) ?? [], names, findings);
      const place = places.get(name);
      const isSound =
        circles.length + unknown.length === 0 &&
        [...known.entries.values()].every((all) => all.length > 0);
      if (keys.size === 0 && isSound && place !== undefined) findings.add(place, emptyGroup(name));
      groups.set(name, [...keys]);
    }
  }
  return groups;
}

function groupIn(text: string, groups: ReadonlyMap<string, unknown>): string[] {
  const name = text.replace(/^!/, '');
  return groups.has(name) ? [name] : [];
}

function tellCircle(
  circle: readonly string[],
  members: ReadonlyMap<string, readonly Member[]>,
  findings: Findings,
): void {
  const [first = '', second = first] = circle;
  const place = members.get(first)?.find(({ text }) => groupIn(text, members)[0] === second)?.place;
  if (place === undefined) return;
  findings.add(place, {
    code: 'circle',
    message: `these groups hold each other in a circle: ${[...circle, first].join(' → ')}`,
    advice: 'an arrow leads from a group to one that it holds: remove one of these',
  });
}

function tellUnknown(
  { name, isGlob, near }: UnknownName,
  members: readonly Member[],
  known: ImageNames,
  findings: Findings,
): void {
  const member = members.find(({ text }) => text === name || text === `!${name}`);
  if (member === undefined) return;
  findings.add(member.place, {
    code: 'unknown-image',
    message: isGlob ? `no image matches \`${name}\`` : `no image or group is called \`${name}\``,
    advice:
      near === null ? `there are: ${allNames(known).join(', ')}` : `did you mean \`${near}\`?`,
  });
}

function emptyGroup(name: string): Mistake {
  return {
    code: 'empty-group',
    message: `the group \`${name}\` holds no image`,
    advice: 'name images in it, or remove it',
  };
}
