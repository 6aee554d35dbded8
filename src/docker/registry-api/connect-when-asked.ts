import type { RegistryApi } from '../port.ts';
import type { ConnectOptions } from './connect.ts';

/** Registries that are connected to when the first one is asked: HTTP and TLS take time to load. */
export function connectWhenAsked(options: ConnectOptions): RegistryApi {
  let connected: Promise<RegistryApi> | null = null;
  const api = () => {
    connected ??= import('./connect.ts').then(({ connectRegistries }) =>
      connectRegistries(options),
    );
    return connected;
  };
  return {
    ask: async (...question) => (await api()).ask(...question),
    mayPush: async (...question) => (await api()).mayPush(...question),
    inventory: async (...question) => (await api()).inventory(...question),
    remove: async (...question) => (await api()).remove(...question),
  };
}
