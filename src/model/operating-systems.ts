/**
 * The operating systems that docker knows by name, in its own words and in Go's.
 *
 * https://github.com/containerd/platforms/blob/main/database.go
 */
export const OPERATING_SYSTEMS: ReadonlySet<string> = new Set([
  ...['aix', 'android', 'darwin', 'dragonfly', 'freebsd', 'hurd', 'illumos', 'ios', 'js', 'linux'],
  ...['macos', 'nacl', 'netbsd', 'openbsd', 'plan9', 'solaris', 'wasi', 'wasip1', 'windows', 'zos'],
]);
