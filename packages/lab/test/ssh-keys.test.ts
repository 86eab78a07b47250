import test from 'ava';
import ssh2 from 'ssh2';
import { generateSshKeys } from '../src/ssh-keys.ts';

test('makes keys that can be read, also those that begin with a zero byte', (t) => {
  for (let begins = 1; begins !== 0;) {
    const { privateKey, publicKey } = generateSshKeys();
    begins = publicKey.at(-32) ?? 0;
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (!publicKey.equals(key?.getPublicSSH() ?? Buffer.alloc(0))) t.fail('the public key reads back otherwise');
  }
  t.pass();
});
