import test from 'ava';
import { HttpError } from '../src/index.ts';
import { parseRetryAfter, retryDelay } from '../src/retry.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const rule = { attempts: 4, retrySafe: true, random: () => 1 };

const retryAfter: readonly (readonly [string | undefined, number | null])[] = [
  [undefined, null],
  ['', null],
  ['7', 7000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['soon', null],
];
for (const [header, expected] of retryAfter) {
  test(`Retry-After ${JSON.stringify(header)}`, (t) => {
    t.is(parseRetryAfter(header, now), expected);
  });
}

for (const status of [429, 502, 503, 504]) {
  test(`${status} is asked again`, (t) => {
    t.is(retryDelay({ status }, 1, now, rule), 500);
    t.is(retryDelay({ status }, status === 429 ? 8 : 4, now, rule), null);
    t.is(retryDelay({ status }, 1, now, { ...rule, retrySafe: false }), null);
  });
}

for (const status of [200, 301, 400, 401, 404, 500, 501]) {
  test(`${status} is not asked again`, (t) => {
    t.is(retryDelay({ status }, 1, now, rule), null);
  });
}

test('waits double up to a limit, and chance halves them at most', (t) => {
  const long = { ...rule, attempts: 99 };
  t.deepEqual(
    [1, 2, 3, 4, 20].map((sent) => retryDelay({ status: 503 }, sent, now, long)),
    [500, 1000, 2000, 4000, 30_000],
  );
  t.is(retryDelay({ status: 503 }, 2, now, { ...long, random: () => 0 }), 500);
});

test('a server that asks for more than two minutes is not waited for', (t) => {
  t.is(retryDelay({ status: 429, retryAfter: '120' }, 1, now, rule), 120_000);
  t.is(retryDelay({ status: 429, retryAfter: '3600' }, 1, now, rule), null);
});

test('what never reached the server is sent again whatever the method', (t) => {
  const refused = new HttpError('unreachable', 'nobody there', { mayHaveArrived: false });
  const reset = new HttpError('unreachable', 'reset');
  const untrusted = new HttpError('unreachable', 'certificate', { mayHaveArrived: false, passing: false });
  const unsafe = { ...rule, retrySafe: false };
  t.is(retryDelay({ error: refused }, 1, now, unsafe), 500);
  t.is(retryDelay({ error: reset }, 1, now, unsafe), null);
  t.is(retryDelay({ error: reset }, 1, now, rule), 500);
  t.is(retryDelay({ error: untrusted }, 1, now, rule), null);
  t.is(retryDelay({ error: new HttpError('too-large', 'long') }, 1, now, rule), null);
});
