import test from 'ava';
import { firstHop, nextHop } from '../src/hop.ts';
import { HttpError } from '../src/index.ts';

const hop = firstHop({
  method: 'GET',
  url: 'https://a.example/v2/',
  headers: { Accept: 'x', Cookie: 'c', 'PRIVATE-TOKEN': 't' },
  auth: { username: 'ci', password: 'pä' },
});

test('credentials become a UTF-8 basic header that replaces a given one', (t) => {
  t.is(hop.headers['Authorization'], `Basic ${Buffer.from('ci:pä').toString('base64')}`);
  const both = firstHop({
    method: 'GET',
    url: 'https://a.example/',
    headers: { authorization: 'Bearer x' },
    auth: { username: 'a', password: 'b' },
  });
  t.deepEqual(Object.keys(both.headers), ['Authorization']);
});

test('credentials stay with their origin', (t) => {
  t.deepEqual(nextHop(hop, 307, '/other')?.headers, hop.headers);
  t.deepEqual(nextHop(hop, 307, 'https://cdn.example/x')?.headers, { Accept: 'x' });
  t.deepEqual(nextHop(hop, 307, 'https://a.example:8443/x')?.headers, { Accept: 'x' });
});

test('https never becomes http', (t) => {
  const error = t.throws(() => nextHop(hop, 302, 'http://a.example/x?token=s3cret'), { instanceOf: HttpError });
  t.is(error.code, 'redirect-refused');
  t.is(error.outcome, 'failed');
  t.false(error.message.includes('s3cret'));
});

test('http may become https', (t) => {
  const plain = firstHop({ method: 'GET', url: 'http://a.example/' });
  t.is(nextHop(plain, 301, 'https://a.example/')?.url.href, 'https://a.example/');
});

const methods: readonly (readonly ['GET' | 'HEAD' | 'POST' | 'PUT', readonly number[]])[] = [
  ['GET', [301, 302, 303, 307, 308]],
  ['HEAD', [301, 302, 303, 307, 308]],
  ['POST', [307, 308]],
  ['PUT', [307, 308]],
];
for (const [method, statuses] of methods) {
  test(`${method} follows ${statuses.join(', ')} only`, (t) => {
    const from = firstHop({ method, url: 'https://a.example/' });
    const followed = [200, 201, 300, 301, 302, 303, 304, 305, 307, 308, 404].filter(
      (status) => nextHop(from, status, '/next') !== null,
    );
    t.deepEqual(followed, statuses);
    t.is(nextHop(from, 307, '/next')?.method, method);
    t.is(nextHop(from, 307, undefined), null);
  });
}

for (const location of ['ftp://a.example/', 'https://u:hunter2@a.example/', 'https://']) {
  test(`a redirect to ${location} is refused`, (t) => {
    const error = t.throws(() => nextHop(hop, 302, location), { instanceOf: HttpError });
    t.is(error.code, 'redirect-refused');
    t.false(error.message.includes('hunter2'));
  });
}

for (const url of ['', 'trunk.rdoproject.org/api', 'sftp://host/x', 'https://user:hunter2@host/']) {
  test(`"${url}" is no URL to ask`, (t) => {
    const error = t.throws(() => firstHop({ method: 'GET', url }), { instanceOf: HttpError });
    t.is(error.code, 'bad-url');
    t.is(error.outcome, 'invalid');
    t.false(error.message.includes('hunter2'));
  });
}
