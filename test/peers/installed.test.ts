import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { tool } from '../../scripts/tools.ts';

const run = promisify(execFile);

// What the other tests of this ring rely on: these peers, in these versions, and not some stand-in.
const versions: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['docker-registry', ['--version'], /2\.8\./],
  ['skopeo', ['--version'], /skopeo version 1\./],
  ['registry', ['--version'], /distribution\/v3 v3\.1\.2/],
  ['crane', ['version'], /0\.22\.1/],
  ['regctl', ['version'], /VCSTag:\s+v0\.11\.7/],
  ['oras', ['version'], /Version:\s+1\.3\.6/],
  ['openssl', ['version'], /OpenSSL 3\./],
  ['nginx', ['-v'], /nginx\/1\./],
  ['sshd', ['-?'], /OpenSSH_9\./],
  ['htpasswd', [], /Usage/],
];

for (const [name, args, expected] of versions) {
  test(`${name} is the real one`, async (t) => {
    // some of them print their version on stderr, and end with 1 after their usage
    const { stdout, stderr } = await run(tool(name), args).catch((error: { stdout: string; stderr: string }) => error);
    t.regex(stdout + stderr, expected);
  });
}

test('DLRN is the released one, with libraries that it works with', async (t) => {
  // importing DLRN makes a database in the current folder
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-dlrn-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const program = [
    'import dlrn.db, dlrn.api, dlrnapi_client',
    'from importlib.metadata import version',
    'print(*(version(name) for name in ("dlrn", "dlrnapi-client", "SQLAlchemy")))',
  ];
  const { stdout } = await run(tool('dlrn/python'), ['-c', program.join('\n')], { cwd: folder });
  t.is(stdout.trim(), '0.26.1 0.13.1 1.4.54');
});
