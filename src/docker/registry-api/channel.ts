import { ACCEPTED, type Answer } from './answers.ts';
import { mayLeadTo, type Place } from './place.ts';
import { isProxied } from './proxied.ts';
import type { Actions, Session, SessionTools } from './session.ts';

/** What is asked of a repository. */
interface Request {
  /** Within `/v2/REPOSITORY/`, or an address of the registry. */
  readonly path: string;
  readonly method?: 'DELETE';
}

/** Sends a request about one repository; null where no answer came. */
export type Channel = (request: Request) => Promise<Answer | null>;

const MOST_REDIRECTS = 3;

interface ChannelOptions {
  readonly place: Pick<Place, 'origin' | 'server' | 'repository'>;
  readonly session: Session;
  readonly tools: SessionTools;
  readonly signal: AbortSignal;
}

/** Speaks with a registry about a repository, in a session. */
export function createChannel({ place, session, tools, signal }: ChannelOptions): Channel {
  const { origin, server, repository } = place;

  const send = async (url: URL, method: Request['method'], authorization: string) => {
    const own = url.origin === origin;
    // What is for the registry goes to nobody else.
    const headers = {
      accept: ACCEPTED,
      ...(own && authorization !== '' ? { authorization } : {}),
    };
    const request = { url, server: own ? server : url.host, headers, signal };
    return tools.send(method === undefined ? request : { ...request, method });
  };

  const follow = async (
    { path, method }: Request,
    authorization: string,
  ): Promise<Answer | null> => {
    let url = new URL(path, `${origin}/v2/${repository}/`);
    for (let hops = 0; ; hops += 1) {
      const answer = await send(url, method, authorization);
      const target = answer && path.startsWith('blobs/') ? targetOf(answer, url) : null;
      if (target === null) return answer;
      if (hops === MOST_REDIRECTS || !mayLeadTo(target, origin)) return null;
      if (isProxied(target, tools.env)) return null;
      url = target;
    }
  };

  return async (request) => {
    const actions: Actions = request.method === 'DELETE' ? 'delete' : 'pull';
    const aim = { repository, actions };
    const authorization = await session.authorization(aim, signal);
    if (authorization === null) return null;
    const answer = await follow(request, authorization);
    if (answer?.status !== 401 || !session.renew(aim)) return answer;
    const anew = await session.authorization(aim, signal);
    return anew === null ? null : follow(request, anew);
  };
}

/** Where an answer sends one on to; null where it does not. */
function targetOf({ status, headers }: Answer, from: URL): URL | null {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return null;
  return URL.canParse(location, from.href) ? new URL(location, from) : null;
}
