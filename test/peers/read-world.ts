import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { runForeign } from './foreign.ts';
import type { RealRegistry } from './real-registry.ts';
import type { RealWorld } from './real-world.ts';

/** Where every label points, as tools that are none of ours find it. */
export interface WorldSeen {
  /** One sorted line for each pointer: `<kind> <place> <label> <value>`. */
  readonly pointers: readonly string[];
  /** How many promotions DLRN has recorded: a label that was promoted again to the same hash shows here. */
  readonly promotions: number;
}

// The component line has moved these before a phase begins.
const componentLabels = ['component-ci-testing', 'promoted-components', 'previous-promoted-components'];

/** Reads all labels with dlrnapi, curl, crane and readlink. */
export async function readWorld(world: RealWorld): Promise<WorldSeen> {
  const promotions = await readPromotions(world);
  const hashes = new Map<string, string>();
  // Newest first. Of the members of one batch only the last to be promoted carries the aggregate.
  for (const { label, hash } of promotions) {
    if (hash !== null && !hashes.has(label) && !componentLabels.includes(label)) hashes.set(label, hash);
  }
  const lines = [...hashes].map(([label, hash]) => `dlrn api ${label} ${hash}`);
  for (const label of hashes.keys()) lines.push(`dlrn tree ${label} ${await readTreeLabel(world, label)}`);
  for (const name of ['rdo', 'docker'] as const) lines.push(...(await readTags(world, name)));
  lines.push(...(await readLinks(world)));
  return { pointers: lines.toSorted(), promotions: promotions.length };
}

async function readPromotions({ dlrn, mode }: RealWorld): Promise<readonly { label: string; hash: string | null }[]> {
  const out = await runForeign('dlrn/dlrnapi', ['--url', dlrn.apiUrl, 'promotion-get', '--limit', '1000']);
  const rows = JSON.parse(out) as readonly Readonly<Record<string, string | null>>[];
  return rows.map((row) => ({
    label: row['promote_name'] ?? '',
    hash: (mode === 'component' ? row['aggregate_hash'] : row['repo_hash']) ?? null,
  }));
}

async function readTreeLabel({ dlrn, mode }: RealWorld, label: string): Promise<string> {
  const repo = await runForeign('curl', ['-sSf', `${dlrn.reposUrl}/${label}/delorean.repo`], { trim: false });
  if (mode === 'component') return createHash('md5').update(repo).digest('hex');
  return /^baseurl=.*\/(?<hash>[^/\n]+)$/m.exec(repo)?.groups?.['hash'] ?? repo;
}

/** Returns the reference of a container as crane and skopeo take it. */
export function containerReference({ host }: RealRegistry, mode: RealWorld['mode'], name: string, tag: string): string {
  const leaf = mode === 'classic' ? `centos-binary-${name}` : `openstack-${name}`;
  return `${host}/tripleomaster/${leaf}:${tag}`;
}

/** Runs crane with the credentials of both registries. */
export function crane(world: RealWorld, ...args: readonly string[]): Promise<string> {
  return runForeign('crane', args, { env: { DOCKER_CONFIG: dirname(world.authFile) } });
}

async function readTags(world: RealWorld, name: 'rdo' | 'docker'): Promise<readonly string[]> {
  const { host } = world[name];
  const repositories = lines(await crane(world, 'catalog', host));
  const found = repositories.map(async (repository) => {
    const tags = lines(await crane(world, 'ls', `${host}/${repository}`));
    const labels = tags.filter((tag) => !/^[0-9a-f]{32,}(?:_|$)/.test(tag));
    return Promise.all(
      labels.map(async (label) => {
        const digest = await crane(world, 'digest', `${host}/${repository}:${label}`);
        return `container ${name}/${repository} ${label} ${digest}`;
      }),
    );
  });
  return (await Promise.all(found)).flat();
}

async function readLinks({ root }: RealWorld): Promise<readonly string[]> {
  const folders = ['images', 'rh1', 'internal'];
  const links = lines(await runForeign('find', [...folders, '-type', 'l'], { cwd: root }));
  return Promise.all(
    links.map(async (link) => {
      const target = await runForeign('readlink', [link], { cwd: root });
      const slash = link.lastIndexOf('/');
      return `image ${link.slice(0, slash)} ${link.slice(slash + 1)} ${target}`;
    }),
  );
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
