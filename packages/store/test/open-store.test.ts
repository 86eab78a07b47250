import test from 'ava';
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
