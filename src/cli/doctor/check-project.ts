import { resolveImages } from '../../inputs/resolve.ts';
import type { CheckUp } from '../../model/check-up.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { HUB } from '../../model/hub.ts';
import { isPushedTo } from '../../model/remote-policy.ts';
import type { ResolvedHome, ResolvedImage } from '../../model/resolved.ts';
import { registryProblem } from '../../plan/failures.ts';
import { count } from '../../report/text.ts';
import type { RunServices } from '../../run/step-runner.ts';
import { probeImage } from '../../run/steps.ts';
import type { Context } from '../context.ts';
import type { Project } from '../project.ts';
import { withRunSession } from '../run-session.ts';

/** Looks at what the images of a manifest need: their registries, and a buildx that can do what they ask for. */
export async function checkProject(
  project: Project,
  context: Context,
  usable: boolean,
): Promise<readonly CheckUp[]> {
  const { manifest, graph, conditions } = project;
  const keys = [...manifest.images.keys()];
  const { images, diagnostics } = await resolveImages(manifest, graph, keys, conditions);
  if (hasErrors(diagnostics))
    return [
      {
        ...{
          what: 'manifest',
          state: 'warning',
          message: 'it has errors, so no registry was asked',
        },
        advice: '`docker-ensure validate` shows them',
      },
    ];
  const message = `${manifest.path} has ${count(images.size, 'image')}`;
  const good: CheckUp = { what: 'manifest', state: 'ok', message, advice: null };
  if (!usable) return [good];
  const warnings: CheckUp[] = [];
  const session = {
    ...{ project, context, jobs: null, retries: 0 },
    emit: (event: { readonly type: string }) => {
      if ('warning' in event) warnings.push(warningOf(event as never));
    },
  };
  return withRunSession(session, async ({ services }) => {
    const [apart, ...registries] = await Promise.all([
      checkGroups([...images.values()], services),
      ...[...byRegistry([...images.values()])].map((each) => checkRegistry(each, services)),
    ]);
    return [good, ...(apart ?? []), ...registries.flat(), ...warnings];
  });
}

function warningOf({ warning }: { warning: { message: string; advice?: string } }): CheckUp {
  const { message, advice = null } = warning;
  return { what: 'logins', state: 'warning', message, advice };
}

/** Those that an older buildx cannot build together with others. */
async function checkGroups(
  images: readonly ResolvedImage[],
  { docker }: RunServices,
): Promise<CheckUp[]> {
  const apart: string[] = [];
  for (const { image, build } of images)
    if (build !== null && !(await docker.canGroup(build))) apart.push(image.key);
  if (apart.length === 0) return [];
  const message = `this buildx builds ${apart.join(', ')} one by one: it cannot be told all that they ask for in one call`;
  return [{ what: 'builds', state: 'warning', message, advice: 'update the docker-buildx plugin' }];
}

/** An image in one of its registries. */
interface Housed {
  readonly resolved: ResolvedImage;
  readonly home: ResolvedHome;
}

/** The images of each registry, those first that must be in it. */
function byRegistry(images: readonly ResolvedImage[]): ReadonlyMap<string, readonly Housed[]> {
  const found = new Map<string, Housed[]>();
  for (const resolved of images)
    for (const home of resolved.homes) {
      const { registry, remotePolicy } = home;
      if (registry === null || remotePolicy === 'none') continue;
      const server = registry.server ?? HUB;
      found.set(server, [...(found.get(server) ?? []), { resolved, home }]);
    }
  for (const [server, all] of found)
    found.set(
      server,
      all.toSorted((one, other) => Number(mustBe(other)) - Number(mustBe(one))),
    );
  return found;
}

function mustBe({ resolved, home }: Housed): boolean {
  if (resolved.image.require === 'local') return false;
  // One that is only pulled from may have nothing, where another one is pushed to.
  return isPushedTo(home) || !resolved.homes.some(isPushedTo);
}

/** Asks a registry for one image: whether it has it or not, it then is there and lets us in. */
async function checkRegistry(
  [server, images]: readonly [string, readonly Housed[]],
  services: RunServices,
): Promise<CheckUp[]> {
  const what = `registry ${server}`;
  const [first] = images;
  if (first === undefined) return [];
  const { resolved, home } = first;
  const { ref } = home;
  const answer = await probeImage(services, {
    resolved,
    home,
    control: CONTROL,
    isFatal: () => true,
  });
  const severity = images.some(mustBe) ? 'broken' : 'warning';
  if (typeof answer === 'string' || answer.is !== 'unknown') {
    const read = `it answers, and lets you read ${withoutTag(ref)}`;
    const rights = await askToPush(images, services);
    const refused = rights.filter(({ may }) => may === false).map(({ name }) => name);
    if (refused.length === 0)
      return [{ what, state: 'ok', message: read + toldOf(rights), advice: null }];
    const message = `${read}, but not push ${refused.join(', ')}`;
    return [{ what, state: severity, message, advice: MAY_NOT_PUSH }];
  }
  const { message, advice = null } = registryProblem('it cannot be asked', answer);
  return [{ what, state: severity, message, advice }];
}

const MAY_NOT_PUSH =
  'log in with an account that may push, or set `remote_policy: pull_only` for what is only pulled';

/** May one push to a repository? Null where only a push can tell. */
interface PushRight {
  readonly name: string;
  readonly may: boolean | null;
}

function toldOf(rights: readonly PushRight[]): string {
  if (rights.length === 0) return '';
  if (rights.every(({ may }) => may === true)) return ', and push';
  return '; whether you may push, it says only to those who do';
}

/** Asks, without pushing, for all that may be pushed. */
async function askToPush(
  images: readonly Housed[],
  { registryApi, registries }: RunServices,
): Promise<PushRight[]> {
  const pushed = new Map<string, ResolvedHome>();
  for (const { resolved, home } of images)
    if (resolved.build !== null && isPushedTo(home)) pushed.set(withoutTag(home.ref), home);
  return Promise.all(
    [...pushed].map(async ([name, { registry, ref }]) => {
      const timeoutMs = registries.timeoutMs(registry);
      const ask = () => registryApi.mayPush(ref, timeoutMs);
      return { name, may: await registries.withRequest(registry, ask) };
    }),
  );
}

function withoutTag(ref: string): string {
  return ref.replace(/:[^:/]*$/, '');
}

const CONTROL = {
  reason: 'the registry is looked at',
  calledOff: () => false,
  failed: () => undefined,
};
