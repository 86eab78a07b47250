import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { startLabImageServer, startLabSftpServer } from '@tagflow/lab';
import { exitCode, type Outcome } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { answerOf } from '../pipelines/tagflow.ts';
import { type ImagesRig, type Inputs, newFiles, newHash, startImagesRig, visibleIn } from './images-rig.ts';

/** What a stranger reads when it went wrong. */
interface Words {
  /** Makes it go wrong and returns the command. */
  readonly arrange: (rig: ImagesRig, t: ExecutionContext) => Promise<Inputs>;
  readonly outcome: Outcome;
  readonly code: string;
  /** What was wrong, with the address or the input. */
  readonly says: RegExp;
  readonly next: RegExp;
}

/** Returns the address of a server that is gone. */
async function goneServer(start: () => Promise<{ readonly url: string; close(): Promise<void> }>): Promise<string> {
  const server = await start();
  await server.close();
  return server.url;
}

const words: Readonly<Record<string, Words>> = {
  'an image server that is not there': {
    ...{ outcome: 'waiting', code: 'unreachable', next: /Run the same again/ },
    says: /http:\/\/127\.0\.0\.1:\d+\/rdo\/master\/b{40}_2{8}\/set\.json/,
    arrange: async (rig) => {
      const url = await goneServer(() => startLabImageServer({ root: rig.root }));
      return { ...rig.fetch(await rig.folder(), newHash), source: `${url}/rdo` };
    },
  },
  'an SFTP server that is not there': {
    ...{ outcome: 'waiting', code: 'unreachable', next: /Run the same again when it is there/ },
    says: /127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    arrange: async (rig) => {
      const url = await goneServer(() => startLabSftpServer({ root: rig.root }));
      return { ...rig.publish(await rig.folder(newFiles), newHash), destination: `${url}/rdo` };
    },
  },
  'a server that asks to come again': {
    ...{ outcome: 'waiting', code: 'unreachable', next: /Run the same again/ },
    says: /set\.json: not now \(503\)/,
    arrange: async (rig) => {
      rig.faults.web = () => ({ status: 503 });
      return rig.fetch(await rig.folder(), newHash);
    },
  },
  'a folder that the web server does not show': {
    ...{ outcome: 'failed', code: 'denied', next: /open the folder to this machine, or give an sftp:\/\/ URL/ },
    says: /http:\S+set\.json: refused \(403\)/,
    arrange: async (rig) => {
      rig.faults.web = () => ({ status: 403 });
      return rig.fetch(await rig.folder(), newHash);
    },
  },
  'a key that the server does not know': {
    ...{ outcome: 'failed', code: 'denied', next: /key/ },
    says: /127\.0\.0\.1:\d+: the server lets lab not in with this key/,
    arrange: async (rig, t) => {
      const other = await startLabSftpServer({ root: rig.root });
      t.teardown(() => other.close());
      const inputs = rig.publish(await rig.folder(newFiles), newHash);
      return { ...inputs, 'ssh-key': other.privateKey };
    },
  },
  'a key of another form': {
    ...{ outcome: 'invalid', code: 'denied', next: /ssh-keygen -p/ },
    says: /the SSH key cannot be used/,
    arrange: async (rig) => {
      const { publicKey } = generateKeyPairSync('ed25519');
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      return { ...rig.publish(await rig.folder(newFiles), newHash), 'ssh-key': pem };
    },
  },
  'a server with another host key': {
    ...{ outcome: 'invalid', code: 'host-key', next: /./ },
    says: /127\.0\.0\.1:\d+: its host key is SHA256:\S+, another one than/,
    arrange: async (rig) => ({
      ...rig.publish(await rig.folder(newFiles), newHash),
      'host-key': `SHA256:${'A'.repeat(43)}`,
    }),
  },
  'a hash that nobody published': {
    ...{ outcome: 'invalid', code: 'no-images', next: /Name them in "files"/ },
    says: /http:\S+\/rdo\/master\/b{40}_2{8} has no set\.json/,
    arrange: async (rig) => rig.fetch(await rig.folder(), newHash),
  },
  'a label that names nothing': {
    ...{ outcome: 'invalid', code: 'bad-inputs', next: /^/ },
    says: /label current-tripleo names nothing in http:/,
    arrange: async (rig) => {
      const { 'full-hash': _none, ...inputs } = rig.fetch(await rig.folder(), newHash);
      return { ...inputs, label: 'current-tripleo' };
    },
  },
  'a file that nobody vouches for': {
    ...{ outcome: 'failed', code: 'no-checksum', next: /Have its publisher put one there/ },
    says: /http:\S+\/overcloud-full\.tar has no \.sha256 and no \.md5 beside it/,
    arrange: async (rig) => rig.fetch(await rig.folder(), newHash, { files: 'overcloud-full.tar' }),
  },
  'a checksum file with a page in it': {
    ...{ outcome: 'failed', code: 'checksum-mismatch', next: /./ },
    says: /http:\S+overcloud-full\.tar\.(?:md5|sha256) does not begin with the \d+ hex digits of a (?:md5|sha256)/,
    arrange: async (rig) => {
      rig.faults.web = ({ path }) =>
        /\.(?:md5|sha256)$/.test(path) ? { text: '<html>log in</html>', type: 'text/html' } : undefined;
      return rig.fetch(await rig.folder(), newHash, { files: 'overcloud-full.tar' });
    },
  },
  'a folder with nothing built': {
    ...{ outcome: 'failed', code: 'no-images', next: /./ },
    says: /the folder \S+ holds no images/,
    arrange: async (rig) => rig.publish(await rig.folder(), newHash),
  },
  'other images under a hash that is published': {
    ...{ outcome: 'failed', code: 'published-differently', next: /the other needs a new hash/ },
    says: /sftp:\S+\/b{40}_2{8}\/\S+ contradicts the set that is to be published.*overcloud-full\.tar/,
    arrange: async (rig) => {
      await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
      return rig.publish(await rig.folder({ 'overcloud-full.tar': Buffer.alloc(1000, 'other') }), newHash);
    },
  },
  'a link to a hash that is not there': {
    ...{ outcome: 'failed', code: 'not-published', next: /./ },
    says: /sftp:\S+\/b{40}_2{8} does not exist: nothing to link to/,
    arrange: (rig) =>
      Promise.resolve({
        ...{ mode: 'link', destination: `${rig.sftp.url}/rdo`, 'full-hash': newHash, label: 'current-tripleo' },
      }),
  },
};

for (const [what, { arrange, outcome, code, says, next }] of Object.entries(words)) {
  test(`${outcome}, ${code}: ${what}`, async (t) => {
    const rig = await startImagesRig(t);
    const inputs = await arrange(rig, t);
    const result = await rig.act(inputs);
    t.is(result.outcome, outcome, result.message);
    t.is(result.error?.code, code, result.message);
    t.regex(result.message ?? '', says);
    t.regex(result.error?.next ?? '', next, `it says what to do next: ${result.message}`);
    t.notRegex(JSON.stringify(result), /PRIVATE KEY/);
  });
}

const processes: readonly (keyof typeof words)[] = [
  'an SFTP server that is not there',
  'a key of another form',
  'a folder that the web server does not show',
];
test('the exit code says the outcome, standard output is one object, and words are on standard error', async (t) => {
  const rig = await startImagesRig(t);
  for (const what of processes) {
    const { arrange, outcome, says } = words[what]!;
    const { 'ssh-key': key, ...inputs } = await arrange(rig, t);
    const file = key === undefined ? null : join(await rig.folder({ key: Buffer.from(key) }), 'key');
    const ended = await rig.start(file === null ? inputs : { ...inputs, 'ssh-key-file': file }).ended;
    rig.faults.web = undefined;
    const answer = answerOf(ended);
    t.is(answer.outcome, outcome);
    t.is(ended.exitCode, exitCode(outcome));
    t.regex(ended.stderr, says);
    t.regex(ended.stderr, new RegExp(`^${outcome}: `, 'm'));
    t.regex(ended.stderr, /^ {2}next: /m);
    t.deepEqual(await visibleIn(rig.store('rdo')), []);
  }
});
