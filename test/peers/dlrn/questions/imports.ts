import type { Question } from '../question.ts';
import { graphqlLater } from './graphql.ts';
import { prometheusLater } from './metrics.ts';

const from = (name: string, repoUrl: unknown): Question => ({
  name: `import: ${name}`,
  ask: 'POST /api/remote/import',
  json: { repo_url: repoUrl },
});
const raw = (text: string): Question => ({ name: `import as a body: ${text}`, ask: 'POST /api/remote/import', text });
const remote = { commit_hash: '{remote.commit}', distro_hash: '{remote.distro}' };

/** What is taken over from another DLRN. */
export const imports: readonly Question[] = [
  { name: 'import: nothing', ask: 'POST /api/remote/import', json: {} },
  ...['[]', '{', '5.0', '7', 'null', '"x"', '{"repo_url":5.0}', '{"repo_url":NaN}'].map(raw),
  from('null', null),
  from('a number', 7),
  from('a truth', true),
  from('a list', ['x']),
  from('an object', { a: 1 }),
  from('an empty text', ''),
  from('no URL', 'not-a-url'),
  from('no URL, with spaces', 'not a url'),
  from('no URL, with a colon', 'a:b'),
  from('no URL, in quotes', "it's"),
  from('a path', '/x'),
  from('no host', 'http://'),
  from('no host, with a port', 'http://:80'),
  from('a host with a space', 'http://a b/x'),
  from('a host with an asterisk', 'http://*.example/x'),
  from('a host that is no address', 'http://[::x]/x'),
  from('a port that is no number', 'http://127.0.0.1:x/'),
  from('a port that is too big', 'http://127.0.0.1:70000/'),
  from('a port that is far too big', 'http://127.0.0.1:700000/'),
  from('white space first', ' \n{repos}/nothing'),
  from('a path to be escaped', '{repos}/é |%7e%zz/../x y'),
  from('a query', '{repos}/nothing?a=b c#d'),
  from('a user', 'http://me:secret@127.0.0.1:1/x'),
  from('another scheme', 'ftp://127.0.0.1/x'),
  from('nobody there', 'http://127.0.0.1:1/x'),
  from('nobody there, encrypted', 'https://127.0.0.1:1/x'),
  from('nobody there, of IPv6', 'http://[::1]:1/x'),
  from('nobody there, by name', 'http://LOCALHOST:1/x'),
  from('what Python has not', '{repos}/nothing'),
  from('what has moved to a page', '{remote.repos}?x='),
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
  { name: 'import: the report', ask: 'TREE status_report.csv' },
  ...graphqlLater('after an import'),
  prometheusLater('after an import'),
  { name: 'import: metrics', ask: 'GET /api/metrics/builds?start_date=2001-09-09&end_date=2100-01-01' },
];
