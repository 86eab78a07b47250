import type { Question } from '../question.ts';
import { extendedGood, failed, good, newer, other, purged, retried } from './hashes.ts';

const promoteTo = (
  label: unknown,
  hashes: Readonly<Record<string, unknown>> = good,
): Pick<Question, 'ask' | 'json'> => ({
  ask: 'POST /api/promote',
  json: { ...hashes, promote_name: label },
});
const { commit_hash, distro_hash } = good;

/** One build, and which can be promoted. */
export const promote: readonly Question[] = [
  { name: 'promote', ...promoteTo('one') },
  { name: 'promote the same again', ...promoteTo('one') },
  { name: 'promote a newer build', ...promoteTo('one', newer) },
  { name: 'promote an older build', ...promoteTo('one') },
  { name: 'promote another package', ...promoteTo('one', other) },
  { name: 'promote to a second label', ...promoteTo('two', newer) },
  { name: 'promote with the extended hash', ...promoteTo('extended', extendedGood) },
  { name: 'promote with what DLRN does not know', ...promoteTo('one', { ...good, colour: 'green', limit: -1 }) },
  { name: 'promote with an empty extended hash', ...promoteTo('one', { ...good, extended_hash: '' }) },
  { name: 'promote with a null extended hash', ...promoteTo('one', { ...good, extended_hash: null }) },
  { name: 'promote with a zero extended hash', ...promoteTo('one', { ...good, extended_hash: 0 }) },
  { name: 'promote with an extended hash called None', ...promoteTo('one', { ...good, extended_hash: 'None' }) },
  { name: 'promote with a wrong extended hash', ...promoteTo('one', { ...good, extended_hash: 'e'.repeat(40) }) },
  { name: 'promote with a list for an extended hash', ...promoteTo('one', { ...good, extended_hash: ['x'] }) },
  { name: 'promote with an empty list for an extended hash', ...promoteTo('one', { ...good, extended_hash: [] }) },
  { name: 'promote nothing', ask: 'POST /api/promote', json: {} },
  { name: 'promote to a name with a bad escape', ask: 'POST /api/promote', text: String.raw`{"promote_name": "a\q"}` },
  {
    name: 'promote to a name with a bad escape, as nobody',
    ask: 'POST /api/promote',
    text: String.raw`{"promote_name": "a\q"}`,
    headers: { authorization: null },
  },
  { name: 'promote without commit_hash', ...promoteTo('one', { distro_hash }) },
  { name: 'promote without distro_hash', ...promoteTo('one', { commit_hash }) },
  { name: 'promote without promote_name', ask: 'POST /api/promote', json: good },
  { name: 'promote a null commit', ...promoteTo('one', { commit_hash: null, distro_hash }) },
  { name: 'promote a null distro', ...promoteTo('one', { commit_hash, distro_hash: null }) },
  { name: 'promote an empty commit', ...promoteTo('one', { commit_hash: '', distro_hash }) },
  { name: 'promote a number', ...promoteTo('one', { commit_hash: 7, distro_hash }) },
  { name: 'promote a list', ...promoteTo('one', { commit_hash: [commit_hash], distro_hash }) },
  { name: 'promote an object', ...promoteTo('one', { commit_hash: {}, distro_hash }) },
  { name: 'promote a truth', ...promoteTo('one', { commit_hash: true, distro_hash }) },
  { name: 'promote a short commit', ...promoteTo('one', { commit_hash: '{good.shard}', distro_hash }) },
  { name: 'promote a commit with a blank', ...promoteTo('one', { commit_hash: '{good.commit} ', distro_hash }) },
  { name: 'promote an unknown commit', ...promoteTo('one', { commit_hash: 'f'.repeat(40), distro_hash }) },
  { name: 'promote an unknown distro', ...promoteTo('one', { commit_hash, distro_hash: 'f'.repeat(40) }) },
  {
    name: 'promote the distro of another package',
    ...promoteTo('one', { commit_hash, distro_hash: '{other.distro}' }),
  },
  { name: 'promote a failed build', ...promoteTo('one', failed) },
  { name: 'promote a retried build', ...promoteTo('one', retried) },
  { name: 'promote a purged build', ...promoteTo('one', purged) },
  { name: 'promote a purged build to a bad name', ...promoteTo('../x', purged) },
  { name: 'promote a purged build to current', ...promoteTo('current', purged) },
  { name: 'promote an unknown build to a bad name', ...promoteTo('..', { commit_hash: 'f', distro_hash: 'f' }) },
  {
    name: 'promote an unknown build to consistent',
    ...promoteTo('consistent', { commit_hash: 'f', distro_hash: 'f' }),
  },
  {
    name: 'promote a member twice in one body',
    ask: 'POST /api/promote',
    text: '{"commit_hash":"x","commit_hash":"{good.commit}","distro_hash":"{good.distro}","promote_name":"twice"}',
  },
];
