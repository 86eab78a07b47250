import { isContainerName, messageOf } from '@tagflow/model';
import { parse } from 'yaml';
import { OciError } from '../error.ts';
import { emptyList } from './container-list.ts';
import { type Excluded, type Named, oncePerName, type Wanted } from './wanted.ts';

/** What stands before the bare name in tripleo-common's files: since victoria, and before. */
const prefixes = ['openstack-', 'centos-binary-'];
/** Who builds an image: these are ours to promote. Ceph's, for one, come from elsewhere. */
const ourSources = ['tripleo', 'kolla'];
/** Bytes. 150 containers take some 15 000; a hostile file of this size keeps the parser busy for a second or two. */
const largest = 128 * 1024;

/**
 * Returns the containers of tripleo-common's `tripleo_containers.yaml` or `overcloud_containers.yaml`: those that
 * TripleO or kolla build (in queens the file does not say who) and whose name has the prefix, which is taken off.
 * @param where what to call the file, in reasons and errors
 * @param prefix such as `openstack-`; without it, the known one that most names of the file have
 * @throws OciError `bad-list` for what is not such a file, `empty-list`
 */
export function parseTripleoList(text: string, where: string, prefix?: string): Named {
  const entries = imagesOf(text, where).map((item, index) => {
    const { imagename, image_source: source } = Object(item) as Record<string, unknown>;
    const base = typeof imagename === 'string' ? baseName(imagename) : '';
    return { base, place: index + 1, source: typeof source === 'string' ? source : null, imagename };
  });
  const wrong = entries.filter(({ base }) => !isContainerName(base));
  if (wrong.length > 0) {
    const shown = wrong.slice(0, 5).map(({ place, imagename }) => `number ${place} has ${excerpt(imagename)}`);
    throw bad(where, `container_images: ${shown.join(', ')}${wrong.length > 5 ? ', …' : ''}: not an imagename`);
  }
  const ours = entries.filter(({ source }) => source === null || ourSources.includes(source));
  const used = prefix ?? commonPrefix(ours.map(({ base }) => base));
  const wanted: Wanted[] = [];
  const excluded: Excluded[] = [];
  for (const { base, source } of entries) {
    const start = used === undefined ? -1 : base.indexOf(used);
    const name = start < 0 || used === undefined ? '' : base.slice(start + used.length);
    if (source !== null && !ourSources.includes(source)) {
      excluded.push({ name: base, why: `${where}: image_source ${source}` });
    } else if (!isContainerName(name)) {
      excluded.push({ name: base, why: `${where}: no name after ${used ?? prefixes.join(' or ')}` });
    } else wanted.push({ name, why: where });
  }
  if (wanted.length > 0) return { wanted: oncePerName(wanted), excluded: oncePerName(excluded) };
  if (ours.length === 0) throw emptyList(`${where}: container_images`);
  throw new OciError(
    'empty-list',
    `${where}: none of ${ours.length} containers has ${used ?? prefixes.join(' or ')} in its name, such as ${ours[0]?.base}`,
    { outcome: 'invalid', next: 'Name the containers by the input containers instead.' },
  );
}

// Not the first that fits: kolla has an image whose bare name is openstack-base.
function commonPrefix(bases: readonly string[]): string | undefined {
  const counted = prefixes.map((prefix) => ({ prefix, count: bases.filter((base) => base.includes(prefix)).length }));
  const best = Math.max(...counted.map(({ count }) => count));
  return best === 0 ? undefined : counted.find(({ count }) => count === best)?.prefix;
}

function imagesOf(text: string, where: string): readonly unknown[] {
  const size = Buffer.byteLength(text);
  if (size > largest) throw bad(where, `it has ${size} bytes; a list of containers has at most ${largest}`);
  let data: unknown;
  try {
    // The failsafe schema leaves all values texts. Whether a key comes twice is not looked at: that takes the square of
    // their number. Aliases that multiply are refused by the parser.
    data = parse(text, { schema: 'failsafe', logLevel: 'error', uniqueKeys: false, prettyErrors: false });
  } catch (cause) {
    throw bad(where, `it is not YAML: ${messageOf(cause).slice(0, 200)}`);
  }
  const top = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  if (Object.hasOwn(top, 'container_images_template')) {
    throw bad(where, 'it is the template that tripleo-common makes its lists from (….yaml.j2), without names');
  }
  const images = top['container_images'];
  if (!Array.isArray(images)) throw bad(where, 'it has no list "container_images"');
  return images as readonly unknown[];
}

/** `docker.io/tripleomaster/openstack-heat-api:current-tripleo` → `openstack-heat-api`. */
function baseName(imagename: string): string {
  const last = imagename.split('/').at(-1) ?? '';
  return last.split('@')[0]?.split(':')[0] ?? '';
}

function excerpt(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? 'nothing');
}

function bad(where: string, why: string): OciError {
  return new OciError('bad-list', `${where}: ${why}`, {
    outcome: 'invalid',
    next: 'Give container-images/tripleo_containers.yaml of tripleo-common, or overcloud_containers.yaml before victoria.',
  });
}
