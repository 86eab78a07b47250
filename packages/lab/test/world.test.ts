import { access, readFile } from 'node:fs/promises';
import test from 'ava';
import { parse } from 'yaml';
import { fetchPlain } from '../src/fetch.ts';
import { startLab } from '../src/world.ts';

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? new Map(Object.entries(inner)).get(name) : undefined,
    value,
  );
}

test('a lab is a whole world, and leaves nothing behind', async (t) => {
  const lab = await startLab({ self: ['node', 'tagflow.js'] });
  const config: unknown = parse(lab.config());
  t.is(lab.config(), lab.config());
  t.deepEqual(Object.keys(Object(at(config, 'phases'))), ['upstream', 'rdo-phase-1', 'rdo-phase-2', 'osp-phase-0']);
  t.deepEqual(at(config, 'phases', 'upstream', 'pin'), { from: 'consistent', to: 'tripleo-ci-testing' });
  t.deepEqual(Object.keys(Object(at(config, 'image-stores'))), ['public', 'rh1', 'internal']);
  const command = at(config, 'phases', 'upstream', 'test', 'command');
  t.deepEqual(Array.isArray(command) ? command.slice(0, 4) : command, ['node', 'tagflow.js', 'lab', 'job']);

  const dlrn = at(config, 'dlrn');
  t.is((await fetchPlain(`${String(at(dlrn, 'api-url'))}/api/health`)).status, 200);
  t.is((await fetchPlain(`${String(at(dlrn, 'repos-url'))}/consistent/delorean.repo`)).status, 200);
  const env = lab.env();
  t.is(env['DLRN_PASSWORD'], lab.dlrn.password);
  t.false(lab.config().includes(lab.dlrn.password));
  t.regex(await readFile(env['REGISTRY_AUTH_FILE'] ?? '', 'utf8'), new RegExp(lab.docker.host));
  t.is((await fetchPlain(`${lab.docker.url}/v2/`)).status, 401);
  t.is((await fetchPlain(`${lab.rdo.url}/v2/`)).status, 200);
  t.is(new Date(lab.clock.now()).toISOString(), '2018-06-01T00:00:00.000Z');

  await lab.close();
  await t.throwsAsync(access(lab.root), { code: 'ENOENT' });
  await t.throwsAsync(fetchPlain(lab.ci.url), { message: /had no answer/ });
});

test('the seed decides the history', async (t) => {
  const labs = await Promise.all([startLab({ seed: 'a' }), startLab({ seed: 'a' }), startLab({ seed: 'b' })]);
  const [one, two, three] = labs.map((lab) => lab.dlrn.state.tree.readLink('consistent'));
  t.is(one, two);
  t.not(one, three);
  await Promise.all(labs.map((lab) => lab.close()));
});

test('in component mode the components are promoted already', async (t) => {
  const lab = await startLab({ mode: 'component', sftp: true });
  const config: unknown = parse(lab.config());
  t.is(at(config, 'phases', 'upstream', 'pin', 'from'), 'promoted-components');
  const md5 = await fetchPlain(`${lab.dlrn.reposUrl}/promoted-components/delorean.repo.md5`);
  t.regex(md5.text, /^[0-9a-f]{32}$/);
  t.is(at(config, 'image-stores', 'public', 'url'), lab.sftp?.url);
  t.regex(await readFile(lab.env()['TAGFLOW_SSH_KEY_FILE'] ?? '', 'utf8'), /PRIVATE KEY/);
  t.is(lab.builder.build('openstack-nova').component, 'compute');
  await lab.close();
});

test('a lab of RDO size has its history at once', async (t) => {
  const lab = await startLab({ scale: 'rdo' });
  t.is(lab.dlrn.state.commits.length, 100);
  const config: unknown = parse(lab.config());
  const files = at(config, 'phases', 'upstream', 'build', 'images', 'files');
  t.is(Array.isArray(files) ? files.length : 0, 3);
  const command = at(config, 'phases', 'upstream', 'build', 'containers', 'command');
  t.true(Array.isArray(command) && command.includes('150'));
  await lab.close();
});
