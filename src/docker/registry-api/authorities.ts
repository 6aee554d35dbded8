import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { DockerEnvironment } from '../unusable.ts';

/** Whom to believe that a server is the one it says; null: as Node does by itself. */
export type Authorities = (server: string) => Promise<SecureContext | null>;

/** Where systems keep them, as Go looks for them: https://go.dev/src/crypto/x509/root_linux.go */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificates that docker trusts: the system's, and those that its folders have for one server
 * (https://docs.docker.com/engine/security/certificates/).
 */
export function createAuthorities(env: DockerEnvironment, folders: readonly string[]): Authorities {
  let system: Promise<string | null> | null = null;
  return async (server) => {
    system ??= firstOf(env.SSL_CERT_FILE ? [env.SSL_CERT_FILE] : SYSTEM_FILES);
    const [common, own] = [await system, await certificatesFor(server, folders)];
    if (common === null && own.length === 0) return null;
    return createSecureContext({
      ca: [...(common === null ? rootCertificates : [common]), ...own],
    });
  };
}

async function firstOf(files: readonly string[]): Promise<string | null> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return text;
  }
  return null;
}

async function certificatesFor(server: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders.map((each) => join(each, server))) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.crt')).sort())
      found.push(await readFile(join(folder, name), 'utf8').catch(() => ''));
  }
  return found.filter((text) => text !== '');
}
