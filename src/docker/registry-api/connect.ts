import type { RegistryApi } from '../port.ts';
import type { DockerEnvironment } from '../unusable.ts';
import { createAuthorities } from './authorities.ts';
import { createFinder } from './find-credentials.ts';
import { createRegistryApi } from './registry-api.ts';
import { createTransport, methodOf } from './transport.ts';

export interface ConnectOptions {
  /** Docker's environment: proxies, and logins. */
  readonly env: DockerEnvironment;
  /** The folder of docker's configuration, with the logins of this run. */
  readonly configFolder: string;
  /** Where the engine has folders of certificates, one a server. */
  readonly certificateFolders: readonly string[];
  readonly signal: AbortSignal;
  /** Told of each request that has ended; null: no whole answer came. */
  readonly onRequest: (request: EndedRequest) => void;
  /** Told of each secret before anybody else sees it. */
  readonly onSecret: (secret: string) => void;
}

export interface EndedRequest {
  readonly method: string;
  /** Without its query, which may be as good as a password. */
  readonly address: string;
  readonly status: number | null;
}

/** Registries as they are reached from this machine. */
export function connectRegistries(options: ConnectOptions): RegistryApi {
  const { env, configFolder, certificateFolders, signal, onRequest, onSecret } = options;
  const send = createTransport(createAuthorities(env, certificateFolders));
  return createRegistryApi({
    env,
    signal,
    async send(request) {
      const answer = await send(request);
      const { url } = request;
      const method = methodOf(request);
      onRequest({ method, address: url.origin + url.pathname, status: answer?.status ?? null });
      return answer;
    },
    findCredentials: createFinder({ env, folder: configFolder, signal, onSecret }),
  });
}
