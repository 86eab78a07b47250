import test from 'ava';
import { parseListing } from '../src/listing.ts';
import { openStore } from '../src/open-store.ts';
import { testEffects } from './world.ts';

const ssh = { privateKey: 'unused here' };

const good: readonly (readonly [url: string, name: string])[] = [
  ['file:///srv/images/', 'file:///srv/images'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['https://images.example/rdo//', 'https://images.example/rdo'],
  ['sftp://uploader@images.example', 'sftp://uploader@images.example'],
  ['sftp://uploader@images.example:2222/var/www/', 'sftp://uploader@images.example:2222/var/www'],
];

for (const [url, name] of good) {
  test(`opens ${url}`, (t) => {
    t.is(openStore(url, { effects: testEffects(), ssh }).url, name);
  });
}

const bad: readonly (readonly [url: string, message: RegExp])[] = [
  ['images', /is not a URL/],
  ['ftp://images.example/', /scheme "ftp"/],
  ['file://host/srv', /names a host/],
  ['sftp://images.example/', /names no user/],
  ['sftp://user:hunter2@images.example/', /holds a password/],
  ['https://token@images.example/', /holds a user name/],
  ['https://images.example/?sig=hunter2', /has a query/],
];

for (const [url, message] of bad) {
  test(`refuses ${url}`, (t) => {
    const error = t.throws(() => openStore(url, { effects: testEffects(), ssh }), { code: 'bad-url', message });
    t.false(error?.message.includes('hunter2'));
    t.like(error, { outcome: 'invalid' });
  });
}

test('refuses sftp without a key', (t) => {
  t.throws(() => openStore('sftp://user@images.example/', { effects: testEffects() }), { code: 'denied' });
});

const nginx = `<html><body><h1>Index of /</h1><hr><pre><a href="../">../</a>
<a href="current-tripleo/">current-tripleo/</a>      21-Nov-2025 10:00       -
<a href="a%20b.tar">a b.tar</a>                      21-Nov-2025 10:00     123
</pre></body></html>`;
const apache = `<table><tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><a href="/rdo/">Parent Directory</a></td></tr>
<tr><td><a class="x" href="hash/">hash/</a></td></tr><tr><td><a href="x.md5">x.md5</a></td></tr>
<a href="https://httpd.example/">server</a></table>`;
const json = `[{"name":"b","type":"directory","mtime":"Fri, 21 Nov 2025 10:00:00 GMT"},
{"name":"a","type":"file","mtime":"Fri, 21 Nov 2025 10:00:00 GMT","size":12}]`;

test('reads listings of nginx and Apache', (t) => {
  const kinds = (text: string): unknown => parseListing(text, 'text/html').map(({ name, kind }) => `${kind} ${name}`);
  t.deepEqual(kinds(nginx), ['file a b.tar', 'directory current-tripleo']);
  t.deepEqual(kinds(apache), ['directory hash', 'file x.md5']);
  t.deepEqual(parseListing(json, 'application/json'), [
    { name: 'a', kind: 'file', size: 12, modified: Date.UTC(2025, 10, 21, 10) },
    { name: 'b', kind: 'directory', size: null, modified: Date.UTC(2025, 10, 21, 10) },
  ]);
});
