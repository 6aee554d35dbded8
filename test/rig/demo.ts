/** `npm run demo`: the demo project on a real engine and registry, as a user would run it. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { engineFor, registryFor, scrubbed, seed } from './engine/index.ts';

const DEMO = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));
const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));

const say = (text: string) => process.stdout.write(`\n${text}\n`);

async function demo(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'docker-ensure-demo-'));
  const engine = await engineFor({ name: 'demo', store: 'classic' });
  try {
    await seed(engine);
    const registry = await registryFor(engine, { name: 'demo' });
    try {
      const project = join(work, 'project');
      await cp(DEMO, project, { recursive: true });
      const up = upIn(project, {
        ...scrubbed(engine.env),
        DEMO_REGISTRY: registry.host,
        DOCKER_ENSURE_CACHE: join(work, 'cache'),
      });
      say('# A first run: nothing is there yet.');
      await up();
      say('# A second run: nothing is left to do.');
      await up();
      say('# One file of one service changes: that service is built anew, and nothing else.');
      await writeFile(join(project, 'greeter', 'greeting.txt'), 'and welcome back\n');
      await up();
      say('# The base changes: every image above it is built anew.');
      await writeFile(
        join(project, 'base.Dockerfile'),
        'ARG SEED\nFROM $SEED\nRUN mkdir -p /app && echo "base 1.1" > /etc/demo-release\nWORKDIR /app\n',
      );
      await up();
    } finally {
      await registry.stop();
    }
  } finally {
    await engine.stop();
    await rm(work, { recursive: true, force: true });
  }
}

function upIn(project: string, env: Record<string, string>): () => Promise<void> {
  return async () => {
    process.stdout.write('$ docker-ensure up\n');
    const { exitCode } = await execa(process.execPath, [BINARY, 'up'], {
      cwd: project,
      env,
      extendEnv: false,
      reject: false,
      stdio: 'inherit',
    });
    if (exitCode !== 0) throw new Error(`docker-ensure up ended with exit code ${exitCode}`);
  };
}

demo().catch((error: Error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
});
