import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLabBuilder, createVirtualClock, startLabDlrn, startLabRegistry } from '@tagflow/lab';
import { type FullHash, fullHashOfCommit, hashDirectory, parseSet } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { root } from '../../scripts/workspaces.ts';
import { runForeign } from './foreign.ts';
import { self, startTagflow, type TagflowRun } from './tagflow.ts';

interface Bench {
  readonly folder: string;
  readonly fullHash: FullHash;
  readonly repoUrl: string;
  /** Runs a command of tagflow that has to end well. */
  act(args: readonly string[], outDir?: string): Promise<TagflowRun>;
}

async function startBench(t: ExecutionContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-peers-build-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const projects = [{ name: 'openstack-tripleo-common', component: 'tripleo' }];
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects });
  t.teardown(() => dlrn.close());
  const fullHash = fullHashOfCommit(createLabBuilder({ dlrn: dlrn.state, clock, seed: 'peers' }).build());
  const repoUrl = `${dlrn.reposUrl}/${hashDirectory(fullHash)}`;
  const act = async (args: readonly string[], outDir = 'out'): Promise<TagflowRun> => {
    const line = [...args, '--full-hash', fullHash, '--release', 'master', '--out-dir', join(folder, outDir)];
    const ended = await startTagflow(line, { cwd: folder, env: { HOME: folder } }).ended;
    if (ended.outcome !== 'done') throw new Error(`${args[0]} ended with ${ended.outcome}:\n${ended.stderr}`);
    return ended;
  };
  return { folder, fullHash, repoUrl, act };
}

test('qemu-img, tar and the sum tools read what the lab built, as it was published', async (t) => {
  const { folder, fullHash, repoUrl, act } = await startBench(t);
  const files = 'overcloud-full.tar,ironic-python-agent.tar';
  const command = [...self, 'lab', 'build-images', '--size-bytes', '3000000', '--files', files].join(' ');
  const built = await act(['build-images', '--command', command, '--files', files, '--repo-url', repoUrl], 'build');
  const { set = '', files: source = '' } = built.outputs;
  const store = join(folder, 'store');
  await act(['sync-images', '--mode', 'publish', '--set', set, '--source', source, '--destination', `file://${store}`]);

  const place = join(store, 'master', fullHash);
  for (const cwd of [fileURLToPath(source), place]) {
    for (const sums of files.split(',').flatMap((name) => [`${name}.md5`, `${name}.sha256`])) {
      const program = sums.endsWith('.md5') ? 'md5sum' : 'sha256sum';
      t.regex(await runForeign(program, ['--check', '--strict', sums], { cwd }), /\.tar: OK$/);
    }
  }

  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  for (const name of files.split(',')) await runForeign('tar', ['-C', unpacked, '-xf', join(place, name)]);
  t.deepEqual((await readdir(unpacked)).sort(), [
    ...['ironic-python-agent.initramfs', 'ironic-python-agent.kernel'],
    ...['overcloud-full.initrd', 'overcloud-full.qcow2', 'overcloud-full.vmlinuz'],
  ]);
  const qemu = (...args: readonly string[]) => runForeign('qemu-img', args, { cwd: unpacked });
  const image = 'overcloud-full.qcow2';
  const check = JSON.parse(await qemu('check', '--output=json', '-f', 'qcow2', image)) as Record<string, number>;
  t.is(check['check-errors'], 0);
  t.is(check['leaks'] ?? 0, 0);
  t.is(check['corruptions'] ?? 0, 0);
  t.is(check['allocated-clusters'], check['total-clusters']);
  const info = JSON.parse(await qemu('info', '--output=json', image)) as Record<string, unknown>;
  t.is(info['format'], 'qcow2');
  await qemu('convert', '-f', 'qcow2', '-O', 'raw', image, 'disk.raw');
  t.is((await stat(join(unpacked, 'disk.raw'))).size, Number(info['virtual-size']));
  await qemu('convert', '-f', 'raw', '-O', 'qcow2', 'disk.raw', 'again.qcow2');
  await qemu('compare', image, 'again.qcow2');
  const raw = await readFile(join(unpacked, 'disk.raw'));
  t.true(raw.length > 2_500_000 && new Set(raw.subarray(0, 4096)).size > 200, 'the disk is full of data');
});

test('tagflow refuses a qcow2 that qemu-img calls broken, and takes one that qemu-img made', async (t) => {
  const { folder, act, fullHash } = await startBench(t);
  const made = join(folder, 'made');
  await mkdir(made);
  await writeFile(join(made, 'full-hash'), `${fullHash}\n`);
  const build = (outDir: string) =>
    act(['build-images', '--files', 'a.qcow2', '--command', `sh -c 'cp ${made}/* "$TAGFLOW_OUT_DIR"'`], outDir);
  await runForeign('qemu-img', ['create', '-q', '-f', 'qcow2', join(made, 'a.qcow2'), '64M']);
  t.is((await build('one')).outcome, 'done');
  const whole = await readFile(join(made, 'a.qcow2'));
  await writeFile(join(made, 'a.qcow2'), whole.subarray(0, 70_000));
  await t.throwsAsync(runForeign('qemu-img', ['check', '-f', 'qcow2', join(made, 'a.qcow2')]));
  await t.throwsAsync(build('two'), { message: /a\.qcow2 is a qcow2 that was cut short/ });
  const base = ['-b', join(folder, 'base.qcow2'), '-F', 'qcow2'];
  await runForeign('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'base.qcow2'), '1M']);
  await runForeign('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, join(made, 'a.qcow2')]);
  await t.throwsAsync(build('three'), { message: /a\.qcow2 is a qcow2 that needs another file/ });
});

const names = ['heat-api', 'nova-api'];
const buildah = join(root, 'test/peers/build/buildah.sh');

const forms: readonly (readonly [string, string, string])[] = [
  ['layout', 'oci:', ''],
  ['each', 'oci:', '/{name}'],
  ['oci-archives', 'oci-archive:', '/{name}.tar'],
  ['docker-archives', 'docker-archive:', '/{name}.tar'],
];
for (const [form, kind, path] of forms) {
  test(`buildah makes containers (${form}), tagflow pushes them, skopeo and crane read them`, async (t) => {
    const { folder, fullHash, act } = await startBench(t);
    const registry = await startLabRegistry();
    t.teardown(() => registry.close());
    const command = `sh ${buildah} ${form} ${names.join(' ')}`;
    const { outputs } = await act(['build-images', '--kind', 'containers', '--command', command], 'build');
    const { source = '', containers = '', 'name-pattern': pattern = '', build = '' } = outputs;
    t.is(source, `${kind}${join(folder, 'build', 'containers')}${path}`);
    const places = ['--source', source, '--name-pattern', pattern, '--destinations', `${registry.url}/ns`];
    const pushed = await act(['tag-and-push-containers', '--containers', containers, ...places], 'push');
    const set = parseSet(await readFile(pushed.outputs['set'] ?? '', 'utf8'), 'set');
    t.deepEqual(
      set.containers.map(({ name }) => name),
      names,
    );
    const told = JSON.parse(await readFile(build, 'utf8')) as { outputs: { containers: object } };
    t.deepEqual(told.outputs.containers, set.containers, 'what was looked at is what was pushed');
    for (const { name, digest } of set.containers) {
      const reference = `${new URL(registry.url).host}/ns/${name}:${fullHash}`;
      const skopeo = ['inspect', '--tls-verify=false', `docker://${reference}`];
      const seen = JSON.parse(await runForeign('skopeo', skopeo)) as { Digest: string; Labels: Record<string, string> };
      t.is(seen.Digest, digest);
      t.is(seen.Labels['tcib_build_tag'], fullHash);
      t.is(await runForeign('crane', ['digest', '--insecure', reference]), digest);
      const exported = join(folder, `${name}.rootfs.tar`);
      await runForeign('crane', ['export', '--insecure', reference, exported]);
      t.is(await runForeign('tar', ['-xOf', exported, `etc/${name}`]), `${name} of ${fullHash}`);
    }
  });
}

test('buildah pushes containers itself: they are looked at in the registry of config', async (t) => {
  const { folder, fullHash, repoUrl, act } = await startBench(t);
  const registry = await startLabRegistry();
  t.teardown(() => registry.close());
  const words = ['sh', buildah, 'pushed', ...names].map((word) => JSON.stringify(word)).join(', ');
  await writeFile(
    join(folder, 'tagflow.yaml'),
    `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos' }
registries: { rdo: { url: '${registry.url}/tripleomaster', names: 'openstack-{name}' } }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    build: { containers: { command: [${words}], registry: rdo } }
    test: { command: [run], jobs: [one] }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [one] } }
`,
  );
  const phase = ['--config', 'tagflow.yaml', '--phase', 'upstream'];
  const { outputs } = await act(['build-images', '--kind', 'containers', '--repo-url', repoUrl, ...phase]);
  t.is(outputs['source'], undefined);
  const told = JSON.parse(await readFile(outputs['build'] ?? '', 'utf8')) as { outputs: { containers: object } };
  t.deepEqual(
    told.outputs.containers,
    names.map((name) => ({ name, digest: registry.manifest(`tripleomaster/openstack-${name}`, fullHash)?.digest })),
  );
});
