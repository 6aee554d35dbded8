import { resolveImages } from '../../inputs/resolve.ts';
import type { CheckUp } from '../../model/check-up.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { HUB } from '../../model/hub.ts';
import type { ResolvedImage } from '../../model/resolved.ts';
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

/** The images of each registry, those first that must be in it. */
function byRegistry(
  images: readonly ResolvedImage[],
): ReadonlyMap<string, readonly ResolvedImage[]> {
  const found = new Map<string, ResolvedImage[]>();
  for (const resolved of images) {
    const { registry, remotePolicy } = resolved.image;
    if (registry === null || remotePolicy === 'none') continue;
    const server = registry.server ?? HUB;
    found.set(server, [...(found.get(server) ?? []), resolved]);
  }
  for (const [server, all] of found)
    found.set(
      server,
      all.toSorted((one, other) => Number(mustBe(other)) - Number(mustBe(one))),
    );
  return found;
}

function mustBe({ image }: ResolvedImage): boolean {
  return image.require !== 'local';
}

/** Asks a registry for one image: whether it has it or not, it then is there and lets us in. */
async function checkRegistry(
  [server, images]: readonly [string, readonly ResolvedImage[]],
  services: RunServices,
): Promise<CheckUp[]> {
  const what = `registry ${server}`;
  const [resolved] = images;
  const ref = resolved?.registryRef ?? null;
  if (resolved === undefined || ref === null) return [];
  const answer = await probeImage(services, {
    resolved,
    ref,
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
  images: readonly ResolvedImage[],
  { registryApi, registries }: RunServices,
): Promise<PushRight[]> {
  const pushed = new Map<string, ResolvedImage>();
  for (const resolved of images) {
    const { build, image, registryRef } = resolved;
    const mayBe = image.remotePolicy === 'all' || image.remotePolicy === 'push_only';
    if (build !== null && registryRef !== null && mayBe)
      pushed.set(withoutTag(registryRef), resolved);
  }
  return Promise.all(
    [...pushed].map(async ([name, { image, registryRef }]) => {
      const timeoutMs = registries.timeoutMs(image.registry);
      const ask = () => registryApi.mayPush(registryRef ?? name, timeoutMs);
      return { name, may: await registries.withRequest(image.registry, ask) };
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
