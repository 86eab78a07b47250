import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Lab, LabRegistry } from '@tagflow/lab';

/** What a label says in one place: the hash, null where it says nothing, or what is wrong. */
type Said = string | null;

/** Where a label points in every place of a lab, read past every API. */
export interface LabelTruth {
  readonly repository: Said;
  readonly rdo: Said;
  readonly docker: Said;
  readonly public: Said;
  readonly internal: Said;
}

/** Reads where a label points, from the lab's own state and from its disk. */
export async function readTruth(lab: Lab, label: string): Promise<LabelTruth> {
  return {
    repository: repositoryHash(lab, label),
    rdo: containersHash(lab.rdo, label),
    docker: containersHash(lab.docker, label),
    public: await linkHash(join(lab.root, 'images', imageFolder, label)),
    internal: await linkHash(join(lab.root, 'internal', imageFolder, label)),
  };
}

/** As {@link readTruth}, of every label that any place has, and of `more` in any case. */
export async function readAllTruths(lab: Lab): Promise<Readonly<Record<string, LabelTruth>>> {
  const inTree = lab.dlrn.state.tree.find('');
  const names = new Set(inTree?.kind === 'folder' ? inTree.names : []);
  for (const name of names) if (lab.dlrn.state.tree.readLink(name) === null) names.delete(name);
  for (const registry of [lab.rdo, lab.docker]) {
    for (const repository of registry.repositories()) registry.tags(repository).forEach((tag) => names.add(tag));
  }
  for (const store of ['images', 'internal', 'rh1']) {
    const entries = await readdir(join(lab.root, store, imageFolder), { withFileTypes: true }).catch(() => []);
    entries.filter((entry) => entry.isSymbolicLink()).forEach((entry) => names.add(entry.name));
  }
  const labels = [...names].filter((name) => !hash.test(name) && !name.endsWith('.html')).sort();
  return Object.fromEntries(await Promise.all(labels.map(async (label) => [label, await readTruth(lab, label)])));
}

/** The folder of hash directories and links below the root of every image store of a lab. */
export const imageFolder = 'master/rdo_trunk';

const hash = /^[0-9a-f]{32}$|^[0-9a-f]{40}_/;

/** In classic mode a link to the directory of a build; in component mode the md5 beside the aggregate. */
function repositoryHash(lab: Lab, label: string): Said {
  const { mode, tree } = lab.dlrn.state;
  if (mode === 'classic') {
    const target = tree.readLink(label);
    return target === null ? null : basename(target);
  }
  const found = tree.find(`${label}/delorean.repo.md5`);
  return found?.kind === 'file' ? `${found.content}` : null;
}

/** Every container's tag has to lead to the digest that one and the same hash tag leads to. */
function containersHash(registry: LabRegistry, label: string): Said {
  const said = new Set<string>();
  let tagged = 0;
  const repositories = registry.repositories().filter((name) => !name.endsWith('/tagflow-set'));
  for (const repository of repositories) {
    const digest = registry.manifest(repository, label)?.digest;
    if (digest === undefined) continue;
    tagged += 1;
    const same = registry.tags(repository).filter((tag) => registry.manifest(repository, tag)?.digest === digest);
    said.add(same.find((tag) => hash.test(tag)) ?? `${repository}:${label} is of no hash`);
  }
  if (tagged === 0) return null;
  if (tagged < repositories.length) said.add(`only ${tagged} of ${repositories.length} containers`);
  return [...said].sort().join(' and ');
}

async function linkHash(path: string): Promise<Said> {
  const target = await readlink(path).catch(() => null);
  return target === null ? null : basename(target);
}
