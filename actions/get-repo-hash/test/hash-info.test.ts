import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import test from 'ava';
import { fullHashOfCommit } from '@tagflow/model';
import { bench, sourced } from './support.ts';

const noKerberos = { DLRNAPI_SERVER_PRINCIPAL: '', KERBEROS_AUTH: 'false' };

test('a build: all of it, for a shell', async (t) => {
  const { lab, run } = await bench(t, 'classic');
  const asked = { 'repos-url': lab.reposUrl, 'dlrn-url': lab.apiUrl, release: 'master', distro: 'centos7' };
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

test('nothing that is given becomes a command', async (t) => {
  const { lab, run, outDir } = await bench(t, 'classic');
  for (const release of [`it's`, '$(touch x)', '`touch x`', `';touch x;'`, '"$HOME"', 'a\nb', '\\', `'\\''`]) {
    const asked = { 'repos-url': lab.reposUrl, label: 'current', release, 'server-principal': release };
    const variables = await sourced((await run(asked)).outputs['hash-info']);
    t.is(variables['RELEASE'], release);
    t.is(variables['DLRNAPI_SERVER_PRINCIPAL'], release);
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

test('a single build has one such file at most', async (t) => {
  const classic = await bench(t, 'classic');
  const wanted = { label: 'current', 'component-files': 'true' };
  t.is((await classic.run({ ...wanted, 'repos-url': classic.lab.reposUrl })).outputs['component-files'], undefined);
  const { lab, run } = await bench(t, 'component');
  const { outputs } = await run({ ...wanted, 'repos-url': lab.reposUrl, component: 'tripleo' });
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
    t.true(error?.message.includes(`names component ${JSON.stringify(component)}, `), error?.message);
    t.is(lab.requests.length, 2, 'nothing was read below it');
    t.deepEqual(await readdir(outDir), ['hash_info.sh']);
  });
}
