import test from 'ava';
import { explainAnswer } from '../src/answer-error.ts';

const explain = (status: number, errors: unknown, headers: Readonly<Record<string, string>> = {}) =>
  explainAnswer({ status, headers, text: JSON.stringify({ errors }) }, 'PUT r/ns/a:tag', 1_000_000);

const forbidden = 'requested access to the resource is denied';
const inUse =
  'tag 1 is already assigned to an image in this repository and cannot be updated due to immutability settings.';
const ecr = (what: string) =>
  `The image tag '1' already exists in the 'a' repository and cannot be overwritten because the ${what} is immutable.`;

for (const [registry, status, error] of [
  [
    'quay',
    409,
    { code: 'TAG_IMMUTABLE', message: 'tag is immutable and cannot be overwritten', detail: { message: "tag '1'" } },
  ],
  ['GitLab', 401, { code: 'IMMUTABLE_TAG', message: 'tag is immutable', detail: 'tag "1" is immutable' }],
  [
    'Harbor',
    412,
    { code: 'PRECONDITION', message: "Failed to process request due to 'ns/a:1' configured as immutable." },
  ],
  ['Amazon ECR', 400, { code: 'TAG_INVALID', message: ecr('tag') }],
  ['Amazon ECR of old', 400, { code: 'TAG_INVALID', message: ecr('repository') }],
  [
    'Google Artifact Registry',
    400,
    { code: 'MANIFEST_INVALID', message: 'cannot update tag 1. The repository has enabled tag immutability' },
  ],
  ['Docker Hub, in the detail', 403, { code: 'DENIED', message: forbidden, detail: inUse }],
  ['Docker Hub, in the message', 403, { code: 'DENIED', message: `${forbidden} - ${inUse}` }],
  [
    'Mirantis Secure Registry',
    403,
    { code: 'UNKNOWN', message: 'tag=1 cannot be overwritten because r/ns/a is an immutable repository' },
  ],
  [
    'Alibaba Cloud ACR',
    403,
    { code: 'DENIED', message: 'The requested tag already exists and cannot be overwritten.' },
  ],
] as const) {
  test(`a tag that never moves: ${registry}`, (t) => {
    const { code, outcome, message, next } = explain(status, [error]);
    t.is(code, 'immutable');
    t.is(outcome, 'failed');
    t.true(message.startsWith(`PUT r/ns/a:tag: ${status} ${error.code}: ${error.message}`));
    t.regex(next ?? '', /rule of the registry/);
  });
}

for (const [what, status, error, code] of [
  ['Harbor: a policy', 412, { code: 'PROJECTPOLICYVIOLATION', message: 'vulnerabilities' }, 'refused'],
  ['Harbor: another precondition', 412, { code: 'PRECONDITION', message: 'the artifact is in use' }, 'refused'],
  ['ECR: a tag that is no tag', 400, { code: 'TAG_INVALID', message: 'manifest tag did not match URI' }, 'refused'],
  ['quay: a tag of the first API', 409, { code: 'TAG_ALREADY_EXISTS', message: 'tag was already pushed' }, 'refused'],
  [
    'GitLab: a pattern',
    400,
    { code: 'TAG_IMMUTABILITY_PATTERN_INVALID', message: 'invalid tag immutability pattern' },
    'refused',
  ],
  [
    'GitLab: a tag for certain roles',
    401,
    { code: 'PROTECTED_TAG', message: 'insufficient permissions to push or delete protected tag' },
    'denied',
  ],
  [
    'Artifactory, zot: any lack of a right',
    403,
    { code: 'MANIFEST_INVALID', message: 'manifest invalid', detail: { description: 'HTTP 403 Forbidden' } },
    'denied',
  ],
  ['quay: no room', 403, { code: 'DENIED', message: 'Quota has been exceeded on namespace' }, 'denied'],
  ['quay: read-only', 405, { code: 'DENIED', message: 'System is currently read-only.' }, 'denied'],
  ['a server in trouble', 500, { code: 'TAG_IMMUTABLE', message: 'x' }, 'unexpected-answer'],
] as const) {
  test(`no tag that never moves: ${what}`, (t) => {
    t.is(explain(status, [error]).code, code);
  });
}

test('a detail that is an object is told where it has words', (t) => {
  const told = explain(403, [
    { code: 'X', message: 'no', detail: { description: 'HTTP 403 Forbidden', Tag: 'secret' } },
  ]);
  t.is(told.message, 'PUT r/ns/a:tag: 403 X: no (HTTP 403 Forbidden)');
});

test('a repository that is not there is told so; an answer to HEAD cannot say it', (t) => {
  const told = explain(404, [{ code: 'NAME_UNKNOWN', message: 'repository name not known to registry' }]);
  t.is(told.code, 'not-found');
  t.regex(told.message, /404 NAME_UNKNOWN: repository name not known to registry: there is no such repository$/);
  t.regex(told.next ?? '', /made before the first push/);
  const plain = explainAnswer({ status: 404, headers: {}, text: '' }, 'HEAD r/ns/a:tag', 0);
  t.is(plain.code, 'not-found');
  t.is(plain.message, 'HEAD r/ns/a:tag: 404');
});

test('a quota that is used up is told with what is left and when to come again', (t) => {
  const said = { code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' };
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600', 'retry-after': '90' };
  const told = explain(429, [said], headers);
  t.is(told.code, 'rate-limited');
  t.is(told.outcome, 'waiting');
  t.is(told.retryAfterMs, 90_000);
  t.regex(told.message, /pull rate limit\. \(0 of 100 left in 6 h, again in 90 s\)$/);
  t.regex(explain(429, []).message, /429 \(quota used up\)$/);
  t.is(explain(403, [said]).code, 'rate-limited');
  t.is(explain(429, [], { 'x-retry-after': '1060' }).retryAfterMs, 60_000);
});

test('a page is no registry, and what is said is cut and cleaned', (t) => {
  const page = { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, text: '<html>' };
  t.regex(explainAnswer(page, 'GET x', 0).message, /is this the address of a registry\?$/);
  const many = Array.from({ length: 5 }, () => ({ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' }));
  t.regex(explain(400, many).message, /; and 2 more$/);
  const long = explain(400, [{ code: 'X', message: 'y'.repeat(5000) }]);
  t.true(long.message.length < 600);
  const url = explain(400, [{ code: 'X', message: 'see https://user:pass@host/?token=abc' }]);
  t.notRegex(url.message, /pass|abc/);
});
