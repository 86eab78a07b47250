import type { Question } from '../question.ts';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const as = (authorization: string | null): Pick<Question, 'headers'> => ({ headers: { authorization } });
const health = { ask: 'POST /api/health' };
const report = 'POST /api/report_result';

/** Who may write. */
export const auth: readonly Question[] = [
  { name: 'nobody', ...health, ...as(null) },
  { name: 'a wrong password', ...health, ...as(`Basic ${base64('ciuser:wrong')}`) },
  { name: 'an unknown user', ...health, ...as(`Basic ${base64('nobody:cipass')}`) },
  { name: 'no user', ...health, ...as(`Basic ${base64(':cipass')}`) },
  { name: 'no password', ...health, ...as(`Basic ${base64('ciuser:')}`) },
  { name: 'a password that goes on after a colon', ...health, ...as(`Basic ${base64('ciuser:cipass:more')}`) },
  { name: 'a user in capitals', ...health, ...as(`Basic ${base64('CIUSER:cipass')}`) },
  { name: 'credentials that are not UTF-8', ...health, ...as(`Basic ${base64('ciuser:\xff\xfe')}`) },
  { name: 'basic in small letters', ...health, ...as('basic {basic}') },
  { name: 'credentials after two spaces', ...health, ...as('Basic  {basic}') },
  { name: 'credentials called Bearer', ...health, ...as('Bearer {basic}') },
  { name: 'a bearer token', ...health, ...as('Bearer x') },
  { name: 'credentials without a scheme', ...health, ...as('{basic}') },
  { name: 'a scheme without credentials', ...health, ...as('Basic') },
  { name: 'credentials without a colon', ...health, ...as(`Basic ${base64('ciuser')}`) },
  { name: 'credentials that are not base64', ...health, ...as('Basic ciuser:cipass') },
  {
    name: 'credentials without their padding',
    ...health,
    ...as(`Basic ${base64('ciuser:wrong1').replaceAll('=', '')}`),
  },
  { name: 'credentials and more', ...health, ...as('Basic {basic} x') },
  { name: 'credentials and a comma', ...health, ...as('Basic {basic}, x') },
  { name: 'credentials with too much padding', ...health, ...as('Basic {basic}==') },
  { name: 'credentials after a tab', ...health, ...as('Basic\t{basic}') },
  { name: 'credentials with a stray letter', ...health, ...as('Basic !{basic}') },
  { name: 'credentials with a letter too many', ...health, ...as('Basic x{basic}') },
  {
    name: 'nobody, before the type is looked at',
    ask: report,
    headers: { authorization: null, 'content-type': 'text/plain' },
  },
  { name: 'nobody, before the body is looked at', ask: report, text: '{', ...as(null) },
  { name: 'nobody promotes', ask: 'POST /api/promote', json: {}, ...as(null) },
  { name: 'nobody promotes a batch', ask: 'POST /api/promote-batch', json: [], ...as(null) },
  { name: 'nobody takes a build to test', ask: 'POST /api/last_tested_repo', json: {}, ...as(null) },
  { name: 'nobody imports', ask: 'POST /api/remote/import', json: {}, ...as(null) },
  { name: 'wrong credentials where none are needed', ask: 'GET /api/promotions', ...as('Basic x') },
  { name: 'OPTIONS of a write without credentials', ask: 'OPTIONS /api/promote' },
];
