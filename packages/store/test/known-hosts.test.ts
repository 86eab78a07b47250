import { createHmac } from 'node:crypto';
import test from 'ava';
import { fingerprintOf, type HostKeyVerdict, judgeHostKey, knownKeysOf, parseFingerprint } from '../src/known-hosts.ts';

const key = Buffer.from('the key');
const other = Buffer.from('another key');
const base64 = key.toString('base64');
const salt = Buffer.from('salt');
const hashed = `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update('[images.example]:2222').digest('base64')}`;

const lines: readonly (readonly [what: string, line: string, host: string, port: number, verdict: HostKeyVerdict])[] = [
  ['plain name', `images.example ssh-ed25519 ${base64}`, 'images.example', 22, 'known'],
  ['name in other case', `Images.Example ssh-ed25519 ${base64}`, 'images.example', 22, 'known'],
  ['list of names', `a,images.example,b ssh-ed25519 ${base64} comment`, 'images.example', 22, 'known'],
  ['name with port', `[images.example]:2222 ssh-ed25519 ${base64}`, 'images.example', 2222, 'known'],
  ['name without its port', `images.example ssh-ed25519 ${base64}`, 'images.example', 2222, 'unknown'],
  ['hashed name', `${hashed} ssh-ed25519 ${base64}`, 'images.example', 2222, 'known'],
  ['hashed name of another', `${hashed} ssh-ed25519 ${base64}`, 'images.example', 22, 'unknown'],
  ['pattern', `*.example ssh-ed25519 ${base64}`, 'images.example', 22, 'known'],
  ['pattern with ?', `image?.example ssh-ed25519 ${base64}`, 'images.example', 22, 'known'],
  ['pattern of another', `*.exampl ssh-ed25519 ${base64}`, 'images.example', 22, 'unknown'],
  ['excluded', `*.example,!images.example ssh-ed25519 ${base64}`, 'images.example', 22, 'unknown'],
  ['another key', `images.example ssh-ed25519 ${other.toString('base64')}`, 'images.example', 22, 'changed'],
  ['revoked', `@revoked images.example ssh-ed25519 ${base64}`, 'images.example', 22, 'revoked'],
  ['authority', `@cert-authority images.example ssh-ed25519 ${base64}`, 'images.example', 22, 'unknown'],
  ['comment', `# images.example ssh-ed25519 ${base64}`, 'images.example', 22, 'unknown'],
  ['empty text', '', 'images.example', 22, 'unknown'],
];

for (const [what, line, host, port, verdict] of lines) {
  test(`known_hosts: ${what} is ${verdict}`, (t) => {
    t.is(judgeHostKey(knownKeysOf(`\n${line}\r\n`, host, port), key), verdict);
  });
}

test('fingerprints look as those of ssh-keygen -l', (t) => {
  t.is(fingerprintOf(Buffer.from('')), 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU');
});

const digest = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU';
for (const text of [`SHA256:${digest}`, digest, `SHA256:${digest}=`, `${digest}=`, ` SHA256:${digest}\n`]) {
  test(`fingerprint ${JSON.stringify(text)} is taken`, (t) => {
    t.is(parseFingerprint(text), `SHA256:${digest}`);
  });
}

const refused: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /is not "SHA256:" and 43 characters/],
  [digest.slice(1), /is not/],
  [`${digest}AA`, /is not/],
  [`sha256 ${digest}`, /is not/],
  [`SHA512:${digest}`, /is not/],
  [`256 SHA256:${digest} host (ED25519)`, /is not/],
  ['MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e', /is an MD5 one: MD5 can be forged/],
  ['d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e', /is an MD5 one/],
];
for (const [text, message] of refused) {
  test(`fingerprint ${JSON.stringify(text)} is refused`, (t) => {
    const error = t.throws(() => parseFingerprint(text), { code: 'host-key', message });
    t.like(error, { outcome: 'invalid' });
  });
}
