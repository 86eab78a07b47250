import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type LabFileFault, type LabFileRequest, startLabImageServer } from '../src/image-server.ts';

async function startWithFiles(t: ExecutionContext, fault?: (request: LabFileRequest) => LabFileFault | undefined) {
  const root = await mkdtemp(join(tmpdir(), 'lab-images-'));
  await mkdir(join(root, 'hash'));
  await writeFile(join(root, 'hash', 'image.tar'), 'abcdefghij');
  await symlink('hash', join(root, 'label'));
  await symlink('/etc', join(root, 'outside'));
  const server = await startLabImageServer(fault === undefined ? { root } : { root, fault });
  t.teardown(server.close);
  return { root, server };
}

const ranges: readonly (readonly [range: string, status: number, body: string, contentRange: string | null])[] = [
  ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
  ['bytes=7-', 206, 'hij', 'bytes 7-9/10'],
  ['bytes=-2', 206, 'ij', 'bytes 8-9/10'],
  ['bytes=8-99', 206, 'ij', 'bytes 8-9/10'],
  ['bytes=10-', 416, 'range not satisfiable\n', 'bytes */10'],
  ['bytes=0-1,4-5', 200, 'abcdefghij', null],
];

for (const [range, status, body, contentRange] of ranges) {
  test(`answers range ${range} with ${status}`, async (t) => {
    const { server } = await startWithFiles(t);
    const response = await fetch(`${server.url}/label/image.tar`, { headers: { range } });
    t.is(response.status, status);
    t.is(await response.text(), body);
    t.is(response.headers.get('content-range'), contentRange);
    t.is(server.requests()[0]?.range, range);
  });
}

test('gives the whole file when If-Range names another version', async (t) => {
  const { root, server } = await startWithFiles(t);
  const url = `${server.url}/hash/image.tar`;
  const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
  const same = await fetch(url, { headers: { range: 'bytes=5-', 'if-range': etag } });
  t.deepEqual([same.status, await same.text()], [206, 'fghij']);
  await writeFile(join(root, 'hash', 'image.tar'), 'ABCDEFGHIJK');
  const other = await fetch(url, { headers: { range: 'bytes=5-', 'if-range': etag } });
  t.deepEqual([other.status, await other.text()], [200, 'ABCDEFGHIJK']);
});

test('lists folders as nginx does, and never serves what lies outside', async (t) => {
  const { server } = await startWithFiles(t);
  const folder = await fetch(`${server.url}/label`);
  t.is(folder.url, `${server.url}/label/`);
  t.regex(await folder.text(), /<a href="image\.tar">image\.tar<\/a>/);
  t.regex(await (await fetch(`${server.url}/`)).text(), /<a href="label\/">/);
  for (const path of ['/outside/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/nothing']) {
    t.is((await fetch(server.url + path)).status, 404, path);
  }
  t.is((await fetch(`${server.url}/hash/image.tar`, { method: 'PUT', body: 'x' })).status, 405);
});

test('fails on purpose: a status, a cut connection, no ranges', async (t) => {
  const faults: LabFileFault[] = [{ status: 503, retryAfter: 7 }, { cutAfterBytes: 4 }, { ignoreRange: true }];
  const { server } = await startWithFiles(t, () => faults.shift());
  const url = `${server.url}/hash/image.tar`;
  const busy = await fetch(url);
  t.deepEqual([busy.status, busy.headers.get('retry-after')], [503, '7']);
  const cut = await fetch(url);
  t.is(cut.headers.get('content-length'), '10');
  await t.throwsAsync(cut.text());
  const whole = await fetch(url, { headers: { range: 'bytes=5-' } });
  t.deepEqual([whole.status, await whole.text()], [200, 'abcdefghij']);
  t.is(server.bytesSent(), 14);
});

test('says more on purpose: another place, any text, other headers, a part of whatever is there', async (t) => {
  const faults: LabFileFault[] = [
    { redirectTo: 'http://mirror.invalid/image.tar' },
    { text: '[', type: 'application/json' },
    { headers: { etag: 'W/"weak"', 'last-modified': null }, cutAfterBytes: 4 },
    { ignoreIfRange: true },
  ];
  const { server } = await startWithFiles(t, () => faults.shift());
  const url = `${server.url}/hash/image.tar`;
  const moved = await fetch(url, { redirect: 'manual' });
  t.deepEqual([moved.status, moved.headers.get('location')], [302, 'http://mirror.invalid/image.tar']);
  const text = await fetch(url);
  t.deepEqual([text.status, text.headers.get('content-type'), await text.text()], [200, 'application/json', '[']);
  const changed = await fetch(url);
  t.deepEqual([changed.headers.get('etag'), changed.headers.get('last-modified')], ['W/"weak"', null]);
  await t.throwsAsync(changed.text());
  const part = await fetch(url, { headers: { range: 'bytes=5-6', 'if-range': '"another"' } });
  t.deepEqual([part.status, await part.text()], [206, 'fg']);
});
