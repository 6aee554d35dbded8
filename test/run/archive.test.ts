import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNotes } from '../../src/machine/notes.ts';
import { createArchive } from '../../src/run/archive.ts';
import { appIn } from '../rig/resolved-app.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

it('keeps each build, and looks once at how much is kept, however many there are', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'ensure.yaml'), 'images: { app: { build: {} } }\n');
  const app = await appIn(folder);
  const notes = createNotes(join(folder, 'notes'));
  let looks = 0;
  const bound = (bytes: number) => {
    looks += 1;
    return notes.bound(bytes);
  };
  const archive = createArchive({ ...notes, bound }, () => 7);
  const images = ['one', 'two', 'three'].map((name) => ({ ...app, image: { ...app.image, name } }));
  await Promise.all(images.map((image) => archive.keep(image, app.build!)));
  for (const { image } of images)
    expect(await archive.lastOf(image)).toEqual({ hash: app.hash, ref: app.ref, atMs: 7 });
  expect(await archive.textOf(app.build!.hash)).toBe(app.build!.inputs);
  expect(looks).toBe(1);
});
