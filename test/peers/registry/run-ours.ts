import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTagflow, type TagflowRun } from '../tagflow.ts';
import { namePattern, namespace, type SourceImage } from './images.ts';
import type { Target } from './targets.ts';

/** The tag of the containers in a source. */
export const sourceTag = 'built';
/** The tags that ours gives them in a target. */
export const hash = '0123456789abcdef0123456789abcdef';
export const label = 'some-label';

/** Copies containers from one registry to another as the users of the action do. `more` are flags. */
export async function copyWithOurs(
  source: Target,
  target: Target,
  images: readonly SourceImage[],
  more: readonly string[] = [],
): Promise<TagflowRun> {
  const folder = await mkdtemp(join(target.authFolder, 'run-'));
  const authFile = join(folder, 'auth.json');
  const auths: unknown[] = [];
  for (const file of [source.authFile, target.authFile]) {
    auths.push((JSON.parse(await readFile(file, 'utf8')) as { readonly auths: unknown }).auths);
  }
  await writeFile(authFile, JSON.stringify({ auths: Object.assign({}, ...auths) }));
  const args = [
    ...['tag-and-push-containers', '--source', `${source.url}/${namespace}`, '--source-tag', sourceTag],
    ...['--destinations', `${target.url}/${namespace}`, '--containers', images.map(({ name }) => name).join(',')],
    ...['--name-pattern', namePattern, '--full-hash', hash, '--release', 'master', '--tags', label],
    ...(target.ca === null ? [] : ['--ca', target.ca]),
    ...more,
  ];
  const env = { REGISTRY_AUTH_FILE: authFile, HOME: folder, TMPDIR: folder };
  return startTagflow(args, { cwd: folder, env }).ended;
}
