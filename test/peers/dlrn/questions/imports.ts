import type { Question } from '../question.ts';

const from = (name: string, repoUrl: unknown): Question => ({
  name: `import: ${name}`,
  ask: 'POST /api/remote/import',
  json: { repo_url: repoUrl },
});
const remote = { commit_hash: '{remote.commit}', distro_hash: '{remote.distro}' };

/** What is taken over from another DLRN. */
export const imports: readonly Question[] = [
  { name: 'import: nothing', ask: 'POST /api/remote/import', json: {} },
  { name: 'import: a list', ask: 'POST /api/remote/import', text: '[]' },
  from('null', null),
  from('a number', 7),
  from('an empty text', ''),
  from('no URL', 'not-a-url'),
  from('another scheme', 'ftp://127.0.0.1/x'),
  from('nobody there', 'http://127.0.0.1:1/x'),
  from('what is not there', '{remote.url}0'),
  from('a build that is known', '{repos}/{good.dir}'),
  from('the top of a tree', '{remote.repos}'),
  from('a newer build', '{remote.url}'),
  from('the same again', '{remote.url}'),
  {
    name: 'import: status of what was imported',
    ask: 'GET /api/repo_status?commit_hash={remote.commit}&distro_hash={remote.distro}',
  },
  {
    name: 'import: promote what was imported',
    ask: 'POST /api/promote',
    json: { ...remote, promote_name: 'imported' },
  },
  { name: 'import: promotions of what was imported', ask: 'GET /api/promotions?promote_name=imported' },
  { name: 'import: its repo file', ask: 'TREE imported/delorean.repo' },
  { name: 'import: metrics', ask: 'GET /api/metrics/builds?start_date=2001-09-09&end_date=2100-01-01' },
];
