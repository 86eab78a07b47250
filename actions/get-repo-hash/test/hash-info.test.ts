import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fullHashOfCommit } from '@tagflow/model';
import { bench, sourced } from './support.ts';

type Inputs = Readonly<Record<string, string>>;

const noKerberos = { DLRNAPI_SERVER_PRINCIPAL: '', KERBEROS_AUTH: 'false' };

test('a build: all of it, for a shell', async (t) => {
  const { lab, at, run } = await bench(t, 'classic');
  const asked = { ...at, release: 'master', distro: 'centos7' };
  const { outputs } = await run({ ...asked, label: 'consistent' });
  t.deepEqual(await sourced(outputs['hash-info']), {
    DLRNAPI_URL: lab.apiUrl,
    RELEASE: 'master',
    FULL_HASH: outputs['full-hash'],
    COMMIT_HASH: outputs['commit-hash'],
    DISTRO_HASH: outputs['distro-hash'],
    COMPONENT_NAME: '',
    ...noKerberos,
  });
});

test('the build of a component, with an extended hash', async (t) => {
  const { lab, run } = await bench(t, 'component', { extended: true });
  const asked = { 'repos-url': lab.reposUrl, label: 'consistent', component: 'tripleo' };
  const { outputs } = await run({ ...asked, 'server-principal': 'HTTP/dlrn.example@EXAMPLE' });
  t.regex(outputs['extended-hash'] ?? '', /^[0-9a-f]{40}_[0-9a-f]{40}$/);
  t.deepEqual(await sourced(outputs['hash-info']), {
    DLRNAPI_URL: '',
    RELEASE: '',
    FULL_HASH: outputs['full-hash'],
    COMMIT_HASH: outputs['commit-hash'],
    DISTRO_HASH: outputs['distro-hash'],
    COMPONENT_NAME: 'tripleo',
    EXTENDED_HASH: outputs['extended-hash'],
    DLRNAPI_SERVER_PRINCIPAL: 'HTTP/dlrn.example@EXAMPLE',
    KERBEROS_AUTH: 'true',
  } as unknown);
});

test('who votes by Kerberos is told what the server is called there', async (t) => {
  const { configure, run } = await bench(t, 'classic');
  const phases = { 'osp-phase-0': { 'hand-off': { label: 'current', destination: 'file:out' } } };
  const configOf = async (dlrn: Inputs): Promise<Inputs> => ({
    config: await configure({ dlrn, phases }),
    label: 'current',
  });
  const rows: readonly (readonly [file: Inputs, given: Inputs, principal: string])[] = [
    [{ 'auth-method': 'kerberos' }, {}, 'HTTP/127.0.0.1'],
    [{ 'auth-method': 'kerberos' }, { 'auth-method': 'basic', username: 'ciuser', password: 'hunter22' }, ''],
    [{ 'server-principal': 'HTTP/b' }, {}, 'HTTP/b'],
    [{ 'auth-method': 'kerberos', 'server-principal': 'HTTP/b' }, { 'server-principal': 'HTTP/c@R' }, 'HTTP/c@R'],
    [{}, { 'auth-method': 'kerberos', 'server-principal': 'HTTP/c' }, 'HTTP/c'],
    [{}, {}, ''],
  ];
  for (const [config, given, principal] of rows) {
    const { outputs, message } = await run({ ...(await configOf(config)), ...given });
    const variables = await sourced(outputs['hash-info']);
    t.is(variables['DLRNAPI_SERVER_PRINCIPAL'], principal, message);
    t.is(variables['KERBEROS_AUTH'], String(principal !== ''));
  }
  const wrong = await run({ ...(await configOf({})), 'server-principal': 'trunk.example' });
  t.deepEqual([wrong.outcome, wrong.problems.length], ['invalid', 1]);
  t.regex(wrong.message ?? '', /^server-principal "trunk\.example" is not the principal of a server/);
});

test('nothing that is given becomes a command', async (t) => {
  const { lab, run, outDir } = await bench(t, 'classic');
  for (const release of [`it's`, '$(touch x)', '`touch x`', `';touch x;'`, '"$HOME"', 'a\nb', '\\', `'\\''`]) {
    const asked = { 'repos-url': lab.reposUrl, label: 'current', release };
    const variables = await sourced((await run(asked)).outputs['hash-info']);
    t.is(variables['RELEASE'], release);
  }
  t.deepEqual(await readdir(outDir), ['hash_info.sh']);
});

test('an aggregate: its parts have files of their own, when they are wanted', async (t) => {
  const { lab, run, count } = await bench(t, 'component', { extended: true });
  const asked = { 'repos-url': lab.reposUrl, label: 'consistent' };
  t.is(await count(() => run(asked)), 2);
  t.is((await run(asked)).outputs['component-files'], undefined);

  t.is(await count(() => run({ ...asked, 'component-files': 'true' })), 4, 'one more for each component');
  const { outputs } = await run({ ...asked, 'component-files': 'true', release: 'master' });
  const folder = outputs['component-files'] ?? '';
  t.deepEqual((await readdir(folder)).toSorted(), ['compute_hash_info.sh', 'tripleo_hash_info.sh']);
  const whole = await sourced(outputs['hash-info']);
  t.like(whole, { FULL_HASH: outputs['aggregate-hash'], COMMIT_HASH: '', DISTRO_HASH: '', COMPONENT_NAME: '' });
  for (const component of ['compute', 'tripleo']) {
    const built = lab.state.commits.findLast((commit) => commit.component === component);
    t.deepEqual(await sourced(`${folder}/${component}_hash_info.sh`), {
      DLRNAPI_URL: '',
      RELEASE: 'master',
      FULL_HASH: built && fullHashOfCommit(built),
      COMMIT_HASH: built?.commitHash,
      DISTRO_HASH: built?.distroHash,
      COMPONENT_NAME: component,
      EXTENDED_HASH: built?.extendedHash,
      ...noKerberos,
    } as unknown);
  }
});

test('an out-dir that is used again keeps no file of a component that is gone, and everything else', async (t) => {
  const { lab, run, outDir } = await bench(t, 'component');
  const asked = { 'repos-url': lab.reposUrl, label: 'consistent', 'component-files': 'true' };
  const folder = (await run(asked)).outputs['component-files'] ?? '';
  for (const name of ['gone_hash_info.sh', 'notes.txt', '_hash_info.sh']) await writeFile(join(folder, name), 'x');
  await run({ ...asked, component: 'compute' });
  t.deepEqual((await readdir(folder)).toSorted(), ['_hash_info.sh', 'compute_hash_info.sh', 'notes.txt']);
  lab.setFaults(({ path }) =>
    path.includes('/component/') ? { status: 404, body: '', contentType: 'text/html' } : undefined,
  );
  t.is((await run(asked)).outcome, 'failed');
  t.deepEqual((await readdir(folder)).toSorted(), ['_hash_info.sh', 'notes.txt'], 'nor when there are no new ones');
  t.is(folder, join(outDir, 'components'));
});

test('a single build has one such file at most', async (t) => {
  const classic = await bench(t, 'classic');
  const wanted = { label: 'current', 'component-files': 'true' };
  t.is((await classic.run({ ...wanted, 'repos-url': classic.lab.reposUrl })).outputs['component-files'], undefined);
  t.regex(
    classic.said.at(-1) ?? '',
    /^component-files is for an aggregate, and [0-9a-f_]+ is one build: no file for a/,
  );
  const { lab, said, run } = await bench(t, 'component');
  const { outputs } = await run({ ...wanted, 'repos-url': lab.reposUrl, component: 'tripleo' });
  t.regex(said.at(-1) ?? '', /the only file is that of tripleo; hash_info\.sh says all of it$/);
  t.deepEqual(await readdir(outputs['component-files'] ?? ''), ['tripleo_hash_info.sh']);
});

const hostile = ['..', '.', '.hidden', '-rf', 'a b', 'x;touch y', '$(id)', 'a\\b', 'é', 'x'.repeat(65), '%2e%2e'];

for (const component of [...hostile, 'tripleo']) {
  const isTwice = component === 'tripleo';
  test(`a server cannot choose a path: ${isTwice ? 'a component that is there twice' : component}`, async (t) => {
    const { lab, run, outDir } = await bench(t, 'component');
    const hash = `${'a'.repeat(40)}_${'b'.repeat(8)}`;
    const section = `[x]\nbaseurl=${lab.reposUrl}/component/${component}/aa/aa/${hash}\n`;
    const body = isTwice ? section.repeat(2) : section;
    const contentType = 'text/plain';
    lab.setFaults(({ path }) => ({
      ...{ status: 200, contentType },
      body: path.endsWith('.md5') ? createHash('md5').update(body).digest('hex') : body,
    }));
    const asked = { 'repos-url': lab.reposUrl, label: 'current', 'component-files': 'true' };
    const { outcome, error } = await run(asked);
    t.deepEqual([outcome, error?.code], ['failed', 'unexpected-answer']);
    const said = error?.message ?? '';
    t.true(said.includes(component) || said.includes(JSON.stringify(component)), said);
    t.is(lab.requests.length, 2, 'nothing was read below it');
    t.false((await readdir(outDir)).includes('components'));
  });
}
