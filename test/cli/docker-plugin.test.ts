import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/context.ts';
import { pluginCall, pluginMetadata, pluginSocket } from '../../src/cli/docker-plugin.ts';

const CALLED = { DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: '/usr/bin/docker' };

describe('a call by docker', () => {
  it.each([
    [['ensure', 'up', '-q'], ['up', '-q'], {}],
    [['-H', 'tcp://x:1', 'ensure', 'up'], ['up'], { DOCKER_HOST: 'tcp://x:1' }],
    [['-Htcp://x:1', 'ensure'], [], { DOCKER_HOST: 'tcp://x:1' }],
    [['-H=tcp://x:1', 'ensure'], [], { DOCKER_HOST: 'tcp://x:1' }],
    [['--host=tcp://x:1', '-D', 'ensure'], [], { DOCKER_HOST: 'tcp://x:1' }],
    [['--context', 'far', 'ensure', 'ref', 'a'], ['ref', 'a'], { DOCKER_CONTEXT: 'far' }],
    [['-c', 'far', 'ensure'], [], { DOCKER_CONTEXT: 'far' }],
    [['--config', '/c', '-l', 'debug', 'ensure'], [], { DOCKER_CONFIG: '/c' }],
    [['--tlsverify', '--tls', 'ensure'], [], { DOCKER_TLS_VERIFY: '1', DOCKER_TLS: '1' }],
    [['--tlsverify=false', 'ensure'], [], {}],
    [
      ['--tlscacert=/k/ca.pem', '--tlscert', '/k/cert.pem', '--tlskey', '/k/key.pem', 'ensure'],
      [],
      { DOCKER_CERT_PATH: '/k' },
    ],
    [['ensure', '-H', 'x', 'ensure'], ['-H', 'x', 'ensure'], {}],
  ])('%j', (argv, rest, env) => {
    expect(pluginCall(argv, { ...CALLED, A: '1' })).toEqual({
      argv: rest,
      env: { A: '1', ...env },
    });
  });

  it('goes before the variables of docker that it contradicts', () => {
    const env = { ...CALLED, DOCKER_HOST: 'tcp://env', DOCKER_CONTEXT: 'env' };
    expect(pluginCall(['-c', 'far', 'ensure'], env)?.env).toEqual({ DOCKER_CONTEXT: 'far' });
    expect(pluginCall(['-H', 'tcp://x', 'ensure'], env)?.env).toEqual({ DOCKER_HOST: 'tcp://x' });
  });

  it('is none without the word, nor where something that docker has called calls', () => {
    expect(pluginCall(['up'], CALLED)).toBeNull();
    expect(pluginCall([], CALLED)).toBeNull();
    expect(pluginCall(['ensure', 'up'], {})).toBeNull();
  });

  it('has no certificates of other names', () => {
    const call = () => pluginCall(['--tlscacert', '/k/mine.pem', 'ensure'], CALLED);
    expect(call).toThrow(UsageError);
  });
});

it('says what it is', () => {
  expect(JSON.parse(pluginMetadata(['docker-cli-plugin-metadata'], '1.2.3') ?? '')).toMatchObject({
    SchemaVersion: '0.1.0',
    Vendor: 'docker-ensure',
    Version: '1.2.3',
  });
  expect(pluginMetadata(['up'], '1.2.3')).toBeNull();
});

it('finds the socket that docker closes', () => {
  expect(pluginSocket({})).toBeNull();
  expect(pluginSocket({ DOCKER_CLI_PLUGIN_SOCKET: '@docker_cli_1' })).toBe('@docker_cli_1');
  expect(pluginSocket({ DOCKER_CLI_PLUGIN_SOCKET: '/run/x' })).toBe('/run/x');
});
