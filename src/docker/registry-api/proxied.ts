import { BlockList, isIP } from 'node:net';
import type { DockerEnvironment } from '../unusable.ts';

/** True for the addresses of this machine, where docker speaks HTTP without TLS. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * True where docker would go through a proxy to reach the address. The variables are those that Go
 * programs know: https://pkg.go.dev/golang.org/x/net/http/httpproxy#FromEnvironment
 */
export function isProxied({ protocol, hostname, port }: URL, env: DockerEnvironment): boolean {
  if (isLoopback(hostname)) return false;
  const proxy =
    protocol === 'https:' ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy;
  if (!proxy) return false;
  const spared = (env.NO_PROXY || env.no_proxy || '').split(',').map((entry) => entry.trim());
  const target = { host: bare(hostname), port: port || (protocol === 'https:' ? '443' : '80') };
  return !spared.some((entry) => spares(entry.toLowerCase(), target));
}

/** Whether an entry of NO_PROXY is about the target; one that cannot be read is about none. */
function spares(entry: string, target: { readonly host: string; readonly port: string }): boolean {
  if (entry === '*') return true;
  const { host, port } = target;
  const [, name = '', ofPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [null, entry];
  if (name === '' || (ofPort !== undefined && ofPort !== port)) return false;
  if (name.includes('/')) return isWithin(host, name);
  if (bare(name) === host) return true;
  if (isIP(host) !== 0) return false;
  const domain = name.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`);
}

function isWithin(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const [family, own] = [isIP(address), isIP(host)];
  if (family === 0 || own !== family || !/^\d+$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), type);
  return list.check(host, type);
}

/** In small letters, and an IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
}
