import { expect, inject } from 'vitest';
import { differential } from '../rig/differential.ts';
import { test } from '../rig/engine-test.ts';
import { seedFromEnvironment } from '../rig/random.ts';

// DIFFERENTIAL_SEED and DIFFERENTIAL_CASES run other cases, or one again: a case has its own seed.
const seed = seedFromEnvironment();
// How files are sent has nothing to do with how images are stored: a few will do there.
const fewer = inject('store') === 'containerd' ? 25 : 150;
const count = Number(process.env.DIFFERENTIAL_CASES ?? fewer);

test('builds see the files that were hashed, and by default those that docker sends', async ({
  engine,
}) => {
  const { compared, differences } = await differential(engine, seed, count);
  console.log(`differential: ${count} cases from seed ${seed}, ${compared} comparisons`);
  expect(differences).toEqual([]);
}, 900_000);
