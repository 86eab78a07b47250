import { isLoopback } from '@tagflow/model';
import type { About } from './about.ts';
import type { Draft } from './draft.ts';
import { type Rendered, truth } from './layers.ts';
import { at, entriesOf, itemsOf, type Old, textOf } from './old-tree.ts';

/** What `containers` of every promotion is. */
export type PromotedContainers = Readonly<Record<string, unknown>>;

const guessedHost = {
  why: 'the old promoter had it in container-push.yml, not in these files',
  todo: 'write the registry that you use',
};

/** Writes `registries`, and returns what moves with the labels; null where containers do not. */
export function writeContainers(
  draft: Draft,
  about: About,
  clients: readonly string[] | null,
): PromotedContainers | null {
  const { layers } = draft;
  if (clients !== null && !clients.includes('registries_client')) return null;
  const names = writeNames(draft, about);
  const given = layers.node('registries');
  const { source, targets } =
    given?.kind === 'list' ? writeGiven(draft, given, names, about) : writeUsual(draft, names, about);
  const push = layers.text('target_registries_push');
  const isPushed = truth(push?.text) !== false;
  const destinations = isPushed ? [source, ...targets.filter((name) => name !== source)] : [source];
  if (push !== null) draft.carry(push.used, ['registries']);
  const arches = writeArches(draft);
  const exclude = writeExcludes(draft, about);
  return {
    source,
    destinations,
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(arches.length === 0 ? {} : { arches }),
  };
}

/** How containers are called, and with which values of the old files it is said. */
interface Names {
  readonly pattern: string;
  readonly from: Rendered | null;
}

const binaryReleases = ['queens', 'rocky', 'stein', 'train', 'ussuri', 'osp16-2'];

function writeNames({ layers }: Draft, { release }: About): Names {
  const prefix = layers.render(at(layers.node('containers'), 'container_preffix')) ?? layers.text('container_preffix');
  const isOld = layers.documents.some(({ form }) => form === 'ini');
  // Whatever the prefix says, the old promoter had its own mind about these.
  const isBinary = binaryReleases.includes(release) || (prefix === null && isOld);
  return { pattern: `${isBinary ? 'centos-binary-' : (prefix?.text ?? 'openstack-')}{name}`, from: prefix };
}

function namespaceOf({ layers }: Draft, kind: 'source' | 'target', { release, distro }: About): Rendered {
  if (layers.documents.some(({ form }) => form === 'criteria'))
    return { text: `podified-${release}-${distro}`, used: [] };
  const made = release === 'ussuri' ? 'tripleou' : `tripleo${release}`;
  return layers.text(`${kind}_namespace`) ?? { text: made, used: [] };
}

function writeUsual(
  draft: Draft,
  names: Names,
  about: About,
): { readonly source: string; readonly targets: readonly string[] } {
  const isOld = draft.layers.documents.some(({ form }) => form === 'ini');
  const sourceHost = isOld ? 'trunk.registry.rdoproject.org' : 'quay.rdoproject.org';
  const toQuay = !isOld && about.release !== 'victoria' && about.distroName === 'centos';
  const [target, targetHost] = toQuay ? (['quay', 'quay.io'] as const) : (['docker', 'docker.io'] as const);
  for (const [name, host, kind] of [
    ['rdo', sourceHost, 'source'],
    [target, targetHost, 'target'],
  ] as const) {
    const namespace = namespaceOf(draft, kind, about);
    draft.guess(['registries', name, 'url'], `https://${host}/${namespace.text}`, guessedHost);
    draft.carry(namespace.used, ['registries', name, 'url']);
    setNames(draft, name, names);
  }
  if (toQuay) draft.set(['registries', target, 'create-repositories'], true);
  return { source: 'rdo', targets: [target] };
}

function setNames(draft: Draft, registry: string, { pattern, from }: Names): void {
  const path = ['registries', registry, 'names'];
  draft.set(path, pattern);
  if (from === null) return draft.look(path, 'no old file says how containers are called; these were');
  if (!pattern.startsWith(from.text)) {
    draft.look(path, `the old promoter took this for the release, although the files say ${from.text}`);
  }
  draft.carry(from.used, path);
}

/** What the staging environment has: a list, of which the first source counts. */
function writeGiven(
  draft: Draft,
  list: Old,
  names: Names,
  about: About,
): { readonly source: string; readonly targets: readonly string[] } {
  const sources: string[] = [];
  const targets: string[] = [];
  for (const [index, node] of itemsOf(list).entries()) {
    const { layers } = draft;
    const [type, named, host, port, secure] = ['type', 'name', 'host', 'port', 'secure'].map((key) =>
      layers.render(at(node, key)),
    );
    const slug = (named?.text ?? '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '');
    const name = slug === '' ? `registry-${index + 1}` : slug;
    const isSource = type?.text === 'source';
    if (isSource && sources.length > 0) {
      for (const [, one] of entriesOf(node)) {
        draft.find('not-carried', one, {
          why: 'the old promoter used the first source only',
          todo: 'Add the registry by hand if you need it.',
        });
      }
      continue;
    }
    (isSource ? sources : targets).push(name);
    const namespace = namespaceOf(draft, isSource ? 'source' : 'target', about);
    const scheme = truth(secure?.text) === false ? 'http' : 'https';
    const where = host?.text ?? 'localhost';
    const url = `${scheme}://${where}${port == null ? '' : `:${port.text}`}/${namespace.text}`;
    const path = ['registries', name, 'url'];
    const used = [type, named, host, port, secure, namespace].flatMap((part) => part?.used ?? []);
    draft.put(path, url, { text: url, used });
    if (scheme === 'http' && !isLoopback(where)) draft.set(['registries', name, 'plain-http'], true);
    if (host == null) draft.look(path, 'the old files name no host, so it was this machine');
    setNames(draft, name, names);
  }
  const [source = targets[0] ?? ''] = sources;
  return { source, targets };
}

function writeArches({ layers, carry, find }: Draft): readonly string[] {
  const push = layers.text('manifest_push');
  const ppc = layers.text('ppc_manifests') ?? layers.text('ppc_manifest');
  const path = ['phases'];
  if (push !== null && truth(push.text) === true) {
    carry([...push.used, ...(ppc?.used ?? [])], path);
    return truth(ppc?.text) === false ? ['x86_64'] : ['x86_64', 'ppc64le'];
  }
  const why = 'one image for several architectures was off; here it is off where a phase names no arches';
  for (const node of [...(push?.used ?? []), ...(ppc?.used ?? [])]) find('not-carried', node, { why });
  return [];
}

/** What tripleo-ci does not build: by release and distribution, in older files by release only. */
function writeExcludes(draft: Draft, { release, distro }: About): readonly string[] {
  const all = draft.layers.node('exclude_containers');
  const own = at(all, release);
  const list = own?.kind === 'map' ? at(own, distro) : own;
  const nodes = itemsOf(list);
  draft.carry(nodes, ['phases']);
  return [...new Set(nodes.flatMap((node) => textOf(node) ?? []))];
}
