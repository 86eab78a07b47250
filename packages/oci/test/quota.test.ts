import test from 'ava';
import { formatQuota, readQuota } from '../src/quota.ts';

for (const [what, headers, expected, words] of [
  [
    'docker.io',
    { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
    { limit: 100, remaining: 76, windowSeconds: 21_600 },
    '76 of 100 left in 6 h',
  ],
  [
    'what is left alone, without a window',
    { 'ratelimit-remaining': '0' },
    { limit: null, remaining: 0, windowSeconds: null },
    '0 left',
  ],
  [
    'a limit alone',
    { 'ratelimit-limit': ' 200 ; w=90 ' },
    { limit: 200, remaining: null, windowSeconds: 90 },
    'a limit of 200 in 90 s',
  ],
  [
    'a window of minutes',
    { 'ratelimit-limit': '10;w=120', 'ratelimit-remaining': '3' },
    { limit: 10, remaining: 3, windowSeconds: 120 },
    '3 of 10 left in 2 min',
  ],
] as const) {
  test(`a quota: ${what}`, (t) => {
    const quota = readQuota(headers);
    t.deepEqual(quota, expected);
    t.is(quota && formatQuota(quota), words);
  });
}

for (const headers of [
  {},
  { 'ratelimit-remaining': '' },
  { 'ratelimit-remaining': 'unlimited' },
  { 'ratelimit-limit': '-5;w=3' },
] as const) {
  test(`no quota: ${JSON.stringify(headers)}`, (t) => {
    t.is(readQuota(headers), null);
  });
}
