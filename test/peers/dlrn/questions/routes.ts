import type { Question } from '../question.ts';
import { good } from './hashes.ts';

const posts = ['report_result', 'promote', 'promote-batch', 'last_tested_repo', 'remote/import'];
const gets = ['promotions', 'repo_status', 'agg_status', 'metrics/builds', 'civotes.html', 'report.html'];
const wish = { ...good, promote_name: 'routes' };

/** Which paths, methods and content types there are. */
export const routes: readonly Question[] = [
  ...['/', '/api', '/api/', '/api/nothing', '/nothing', '/api/promotions/', '/api/health/', '/API/health'].map(
    (path): Question => ({ name: `no such path: ${path}`, ask: `GET ${path}` }),
  ),
  ...['last_tested_aggregate', 'status_report.html', 'components', 'recheck_package', 'promote/x'].map(
    (name): Question => ({ name: `no such path: ${name}`, ask: `GET /api/${name}` }),
  ),
  { name: 'no such path, posted', ask: 'POST /api/nothing', json: {} },
  { name: 'no such path, posted by nobody', ask: 'POST /api/nothing', json: {}, headers: { authorization: null } },
  {
    name: 'recheck_package, which only later releases have',
    ask: 'POST /api/recheck_package',
    json: { package_name: 'x' },
  },
  { name: 'a path with an escaped letter', ask: 'GET /api/%68ealth' },
  { name: 'a path with two slashes', ask: 'GET /api//health' },
  ...posts.map((name): Question => ({ name: `PUT ${name}`, ask: `PUT /api/${name}` })),
  ...gets.map((name): Question => ({ name: `POST ${name}`, ask: `POST /api/${name}`, json: {} })),
  ...gets.map((name): Question => ({ name: `OPTIONS ${name}`, ask: `OPTIONS /api/${name}` })),
  ...['report_result', 'promote', 'promote-batch', 'remote/import'].map((name): Question => ({
    name: `GET ${name}`,
    ask: `GET /api/${name}`,
  })),
  ...['DELETE', 'PATCH', 'PUT'].map((method): Question => ({
    name: `${method} promotions`,
    ask: `${method} /api/promotions`,
  })),
  { name: 'OPTIONS last_tested_repo', ask: 'OPTIONS /api/last_tested_repo' },
  { name: 'DELETE health', ask: 'DELETE /api/health' },
  { name: 'HEAD promotions', ask: 'HEAD /api/promotions' },
  { name: 'HEAD of a refusal', ask: 'HEAD /api/repo_status' },
  { name: 'HEAD promote', ask: 'HEAD /api/promote' },
  ...posts.map((name): Question => ({
    name: `${name} as text`,
    ask: `POST /api/${name}`,
    text: '{}',
    headers: { 'content-type': 'text/plain' },
  })),
  ...posts.map((name): Question => ({
    name: `${name} with a broken body`,
    ask: `POST /api/${name}`,
    text: '{"job_id":',
  })),
  ...['application/json; charset=utf-8', 'Application/JSON', 'application/json;', 'text/json', null].map(
    (type): Question => ({
      name: `promote as ${type}`,
      ask: 'POST /api/promote',
      json: wish,
      headers: { 'content-type': type },
    }),
  ),
  { name: 'promote without a body', ask: 'POST /api/promote' },
  { name: 'promote with a body in UTF-16', ask: 'POST /api/promote', text: Buffer.from('\ufeff{}', 'utf16le') },
  { name: 'promote with a byte order mark', ask: 'POST /api/promote', text: '\ufeff{}' },
  {
    name: 'promote with bytes that are not UTF-8',
    ask: 'POST /api/promote',
    text: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  },
  { name: 'promote with a trailing comma', ask: 'POST /api/promote', text: '{"commit_hash":"x",}' },
  ...['[]', '"x"', 'null', '7', '5.0', 'NaN', 'true', '[{}]'].map((text): Question => ({
    name: `promote ${text}`,
    ask: 'POST /api/promote',
    text,
  })),
  ...['[]', '"x"', 'null', '7', '5.0'].map((text): Question => ({
    name: `report_result ${text}`,
    ask: 'POST /api/report_result',
    text,
  })),
  ...['[]', '"x"', 'null', '7', '5.0'].map((text): Question => ({
    name: `take ${text} to test`,
    ask: 'POST /api/last_tested_repo',
    text,
  })),
];
