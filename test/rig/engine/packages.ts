/** Which Debian packages the rig is made of, and which files of them it keeps. */

/** A package, and the suite it comes from: the machine's own or the one that has the engine. */
export interface Package {
  readonly name: string;
  readonly suite: 'own' | 'engine';
}

/**
 * Everything comes as packages, unpacked and never installed.
 * runc must be the machine's own: it is linked against the machine's libc and libseccomp, while
 * the other programs ask little enough of libc to run on the release before theirs.
 */
const packages: readonly Package[] = [
  { name: 'docker.io', suite: 'engine' },
  { name: 'docker-cli', suite: 'engine' },
  { name: 'docker-buildx', suite: 'engine' },
  { name: 'containerd', suite: 'engine' },
  { name: 'runc', suite: 'own' },
  { name: 'tini', suite: 'own' },
  { name: 'docker-registry', suite: 'own' },
  { name: 'busybox-static', suite: 'own' },
  { name: 'openssh-server', suite: 'own' },
  { name: 'openssh-client', suite: 'own' },
  { name: 'libwrap0', suite: 'own' },
];

/** File in the fetched folder → where packages have it (the first that exists is taken). */
export const kept: Readonly<Record<string, readonly string[]>> = {
  'bin/dockerd': ['usr/sbin/dockerd', 'usr/bin/dockerd'],
  'bin/docker': ['usr/bin/docker'],
  'bin/docker-proxy': ['usr/sbin/docker-proxy', 'usr/bin/docker-proxy'],
  'bin/docker-init': ['usr/bin/tini-static'],
  'bin/containerd': ['usr/bin/containerd', 'usr/bin/containerd-app'],
  'bin/containerd-shim-runc-v2': ['usr/bin/containerd-shim-runc-v2'],
  'bin/runc': ['usr/sbin/runc', 'usr/bin/runc'],
  'bin/docker-registry': ['usr/bin/docker-registry'],
  'bin/busybox': ['bin/busybox', 'usr/bin/busybox'],
  'cli-plugins/docker-buildx': [
    'usr/libexec/docker/cli-plugins/docker-buildx',
    'usr/lib/docker/cli-plugins/docker-buildx',
  ],
  'ssh/sshd': ['usr/sbin/sshd'],
  'ssh/ssh': ['usr/bin/ssh'],
  'ssh/ssh-keygen': ['usr/bin/ssh-keygen'],
  // The one library of sshd's that few machines have.
  'ssh/lib/libwrap.so.0': ['x86_64', 'aarch64'].map(
    (arch) => `usr/lib/${arch}-linux-gnu/libwrap.so.0.7.6`,
  ),
};

/** Programs that prove, by printing their version, that what was unpacked runs here. */
export const probes: readonly string[] = [
  'bin/dockerd',
  'bin/docker',
  'bin/containerd',
  'bin/runc',
  'bin/docker-init',
  'bin/docker-registry',
];

/** The machine, as far as choosing packages goes (fields of /etc/os-release). */
export interface Release {
  readonly id: string;
  readonly version: string;
  readonly codename: string;
}

/** The suite that has an engine new enough: Debian 12's own is too old to be a test of much. */
export function engineSuite(release: Release): string {
  return release.codename === 'bookworm' ? 'trixie' : release.codename;
}

/** The names to fetch from one suite. Ubuntu keeps the client in docker.io. */
export function packageNames(suite: Package['suite'], release: Release): string[] {
  return packages
    .filter((entry) => entry.suite === suite)
    .map((entry) => entry.name)
    .filter((name) => !(name === 'docker-cli' && release.id === 'ubuntu'));
}

/** Raise when what is fetched or how it is laid out changes: older folders are then left alone. */
const recipe = 2;

/** Names one content of the cache. */
export function versionKey(release: Release, arch: string): string {
  return `${recipe}-${release.id}${release.version}-${arch}`;
}
