import test from 'ava';
import { compareVersion, ifRangeOf, versionOf } from '../src/http-version.ts';

const time = 'Fri, 21 Nov 2025 10:00:00 GMT';
const later = 'Fri, 21 Nov 2025 10:00:01 GMT';

type Headers = Readonly<Record<string, string>>;

const versions: readonly (readonly [
  what: string,
  headers: Headers,
  size: number | null,
  version: string | null,
  ifRange: string | null,
])[] = [
  ['a strong ETag', { etag: '"a-1"', 'last-modified': time }, 7, '"a-1"', '"a-1"'],
  ['a strong ETag without a size', { etag: '"a-1"' }, null, '"a-1"', '"a-1"'],
  ['a weak ETag', { etag: 'W/"a-1"' }, 7, 'W/"a-1" 7 -', null],
  ['a weak ETag and a time', { etag: 'W/"a-1"', 'last-modified': time }, 7, `W/"a-1" 7 ${time}`, time],
  ['a time', { 'last-modified': time }, 7, `- 7 ${time}`, time],
  ['a time without a size', { 'last-modified': time }, null, null, null],
  ['an ETag without quotes', { etag: 'a-1', 'last-modified': time }, 7, `- 7 ${time}`, time],
  ['an ETag with a quote inside', { etag: '"a"1"' }, 7, null, null],
  ['an ETag that no header may hold', { etag: '"ä"' }, 7, null, null],
  ['a time that is none', { 'last-modified': 'yesterday' }, 7, null, null],
  ['nothing', {}, 7, null, null],
];

for (const [what, headers, size, version, ifRange] of versions) {
  test(`${what} makes the version ${version}`, (t) => {
    t.is(versionOf(headers, size), version);
    if (version === null) return;
    t.is(ifRangeOf(version), ifRange);
    t.is(compareVersion(version, headers, size), 'same');
  });
}

const comparisons: readonly (readonly [
  version: string,
  headers: Headers,
  size: number | null,
  result: ReturnType<typeof compareVersion>,
])[] = [
  ['"a"', { etag: '"b"' }, 7, 'different'],
  ['"a"', { etag: 'W/"a"' }, 7, 'same'],
  ['"a"', { etag: 'W/"b"' }, 7, 'different'],
  ['"a"', {}, 7, 'unproved'],
  ['"a"', { 'last-modified': time }, 7, 'unproved'],
  ['W/"a" 7 -', { etag: 'W/"a"' }, 8, 'different'],
  ['W/"a" 7 -', { etag: '"a"' }, null, 'same'],
  ['W/"a" 7 -', {}, 7, 'unproved'],
  [`W/"a" 7 ${time}`, { etag: 'W/"a"', 'last-modified': later }, 7, 'different'],
  [`W/"a" 7 ${time}`, { 'last-modified': time }, 7, 'same'],
  [`- 7 ${time}`, { etag: '"new"', 'last-modified': time }, 7, 'same'],
  [`- 7 ${time}`, { 'last-modified': later }, 7, 'different'],
  [`- 7 ${time}`, {}, 8, 'different'],
  [`- 7 ${time}`, {}, 7, 'unproved'],
  ['1763719200-7', { etag: '"a"' }, 7, 'different'],
  ['', { etag: '"a"' }, 7, 'different'],
];

for (const [version, headers, size, result] of comparisons) {
  test(`${version || 'no version'} and ${JSON.stringify(headers)} of ${size} bytes: ${result}`, (t) => {
    t.is(compareVersion(version, headers, size), result);
  });
}

test('no weak ETag is ever sent in If-Range', (t) => {
  for (const version of ['W/"a" 7 -', `W/"a" 7 ${time}`, 'W/"a"', '', 'nonsense']) {
    t.notRegex(ifRangeOf(version) ?? '', /W\//, version);
  }
});
