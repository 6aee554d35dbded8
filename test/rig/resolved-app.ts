import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';

/** The image `app` of the manifest in a folder. */
export async function appIn(folder: string): Promise<ResolvedImage> {
  const options = { file: null, envFiles: [], cwd: folder, env: {} };
  const loaded = await loadManifest(options);
  const conditions = { now: 0, platform: 'linux/amd64' };
  const { manifest, graph } = await completeManifest(loaded.manifest!, conditions);
  const { images, diagnostics } = await resolveImages(manifest, graph!, ['app'], conditions);
  const app = images.get('app');
  if (app === undefined) throw new Error(JSON.stringify(diagnostics));
  return app;
}
