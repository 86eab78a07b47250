import type { Question } from '../question.ts';
import { good, newer, other } from './hashes.ts';
import { classic, component } from './parts.ts';

const promote = (name: string, label: string, hashes: object, more: Partial<Question> = {}): Question => ({
  name: `damage: ${name}`,
  ask: 'POST /api/promote',
  json: { ...hashes, promote_name: label },
  ...more,
});
const batch = (name: string, label: string, more: Partial<Question> = {}): Question => ({
  name: `damage: ${name}`,
  ask: 'POST /api/promote-batch',
  json: [newer, other].map((hashes) => ({ ...hashes, promote_name: label })),
  ...more,
});
const own = 'component/{good.component}';

/** What happens when the disk is not as DLRN left it. These come last: they leave things in pieces. */
export const damages: readonly Question[] = [
  promote('a new label first', 'broken', good),
  promote('left over from a crash', 'broken', newer, {
    ...component,
    before: [{ link: 'broken/delorean.repo_', to: 'nowhere' }],
  }),
  promote('still left over', 'broken', good, component),
  batch('still left over, in a batch', 'broken', component),
  { name: 'damage: no promotion was recorded meanwhile', ask: 'GET /api/promotions?promote_name=broken' },
  promote('cleared away', 'broken', newer, { ...component, before: [{ remove: 'broken/delorean.repo_' }] }),
  promote('left over one file later', 'broken', good, {
    ...component,
    before: [{ link: 'broken/delorean.repo.md5_', to: 'nowhere' }],
  }),
  promote('left over two files later', 'broken', other, {
    ...component,
    before: [{ remove: 'broken/delorean.repo.md5_' }, { link: 'broken/versions.csv_', to: 'nowhere' }],
  }),
  promote('a file in the way of a rename', 'broken', good, {
    ...component,
    before: [
      { remove: 'broken/versions.csv_' },
      { remove: 'broken/delorean.repo' },
      { file: 'broken/delorean.repo', content: 'x' },
    ],
  }),
  promote('a folder in the way of a rename', 'broken', newer, {
    ...component,
    before: [{ remove: 'broken/delorean.repo.md5' }, { folder: 'broken/delorean.repo.md5' }],
  }),
  promote('a folder in the way', 'blocked', good, { ...classic, before: [{ folder: 'blocked' }] }),
  promote('a folder in the way of the component', 'blocked', good, {
    ...component,
    before: [{ folder: `${own}/blocked` }],
  }),
  batch('a folder in the way of a batch', 'blocked'),
  promote('a file in the way', 'taken', good, { ...classic, before: [{ file: 'taken', content: 'x' }] }),
  promote('a file in the way of the component', 'taken', good, {
    ...component,
    before: [{ file: `${own}/taken`, content: 'x' }],
  }),
  batch('a file in the way of a batch', 'taken-too', { ...classic, before: [{ file: 'taken-too', content: 'x' }] }),
  batch('a file in the way of a batch of components', 'taken-too', {
    ...component,
    before: [{ file: `${own}/taken-too`, content: 'x' }],
  }),
  promote('a file in the way of the aggregate', 'stone', good, {
    ...component,
    before: [{ file: 'stone', content: 'x' }],
  }),
  promote('a link in the way of the aggregate', 'round', good, {
    ...component,
    before: [{ folder: 'elsewhere' }, { link: 'round', to: 'elsewhere' }],
  }),
  promote('a link to nowhere in the way of the aggregate', 'dangling', good, {
    ...component,
    before: [{ link: 'dangling', to: 'no-such-folder' }],
  }),
  promote('a label that went astray', 'astray', good, {
    ...classic,
    before: [{ link: 'astray', to: 'no-such-folder' }],
  }),
  promote('a label that points to itself', 'self', good, { ...classic, before: [{ link: 'self', to: 'self' }] }),
  promote('below a link to the top', 'top/inner', good, { ...classic, before: [{ link: 'top', to: '.' }] }),
  { name: 'damage: file of a label below a link', ask: 'TREE inner/delorean.repo', ...classic },
  promote('a folder of labels', 'folder/inner', good, { ...classic, before: [{ folder: 'folder' }] }),
  promote('the build is gone', 'gone', newer, { before: [{ remove: '{newer.dir}' }] }),
  { name: 'damage: repo file of what is gone', ask: 'TREE gone/delorean.repo' },
  { name: 'damage: hash of what is gone', ask: 'TREE gone/delorean.repo.md5' },
  { name: 'damage: promotions of what is gone', ask: 'GET /api/promotions?promote_name=gone' },
  promote('the build is gone, again', 'gone', newer),
  batch('one of two builds is gone', 'half-gone'),
  { name: 'damage: repo file of what is half gone', ask: 'TREE half-gone/delorean.repo' },
  {
    name: 'damage: vote on what is gone',
    ask: 'POST /api/report_result',
    json: { ...newer, job_id: 'x', success: '1', url: 'u', timestamp: 1_600_000_000 },
  },
  promote('the component is gone', 'no-component', good, { ...component, before: [{ remove: own }] }),
  batch('the component is gone, in a batch', 'no-component', component),
  promote('another component is still there', 'no-component', other, component),
  promote('the whole tree is gone', 'desert', good, { ...classic, before: [{ remove: '{good.shard}' }] }),
];
