import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { formatSet, parseDigest, parseFullHash } from '@tagflow/model';
import { startLabCi } from '../src/ci.ts';
import { directoryOf } from '../src/dlrn/state.ts';
import { startLabImageServer } from '../src/image-server.ts';
import { buildContainers } from '../src/jobs/build-containers.ts';
import { buildImages } from '../src/jobs/build-images.ts';
import { containerNames } from '../src/jobs/container-names.ts';
import { runLabCommand } from '../src/lab-command.ts';
import { startLabRegistry } from '../src/registry.ts';
import { startSeeded } from './lab-dlrn.ts';

const { signal } = new AbortController();
const write = (): void => undefined;
const hashA = parseFullHash(`${'a'.repeat(40)}_${'1'.repeat(8)}`);
const hashB = parseFullHash(`${'b'.repeat(40)}_${'1'.repeat(8)}`);

async function temporary(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-lab-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

test('containers are pushed under the hash, share their base, and depend on the hash alone', async (t) => {
  const outDir = await temporary(t);
  const [one, two] = await Promise.all([startLabRegistry(), startLabRegistry()]);
  const names = ['heat-api', 'keystone', 'nova-api'];
  const build = (url: string, fullHash: typeof hashA): Promise<string> =>
    buildContainers({
      ...{ fullHash, names, outDir, signal, write, layerBytes: 1000, namePattern: 'centos-binary-{name}' },
      registryUrl: `${url}/tripleomaster`,
    });
  const log = await build(one.url, hashA);
  t.is(await readFile(log, 'utf8'), names.map((name) => `${name} ${hashA}\n`).join(''));
  t.is(one.requests().counts['POST mount'], 2, 'the second and third mount the base layer');
  await build(two.url, hashA);
  await build(one.url, hashB);
  for (const name of names) {
    const repository = `tripleomaster/centos-binary-${name}`;
    t.deepEqual(one.tags(repository), [hashA, hashB]);
    const digest = one.manifest(repository, hashA)?.digest;
    t.is(two.manifest(repository, hashA)?.digest, digest);
    t.not(one.manifest(repository, hashB)?.digest, digest);
  }
  await Promise.all([one.close(), two.close()]);
});

test('a build of nothing, or into a registry that refuses, is an error', async (t) => {
  const registry = await startLabRegistry({ auth: { username: 'u', password: 'p' } });
  const outDir = await temporary(t);
  const options = { fullHash: hashA, registryUrl: `${registry.url}/ns`, outDir, signal, write };
  await t.throwsAsync(buildContainers({ ...options, names: [] }), { message: /list of names is empty/ });
  await t.throwsAsync(buildContainers({ ...options, names: ['x'] }), { message: /answered 401/ });
  await t.throwsAsync(buildImages({ fullHash: hashA, outDir, files: [], signal, write }), { message: /is empty/ });
  await t.throwsAsync(buildImages({ fullHash: hashA, outDir, files: ['../x.tar'], signal, write }), {
    message: /"\.\.\/x\.tar" is not a plain name/,
  });
  await registry.close();
});

test('images are tar files with a qcow2 in them, and their md5 beside them', async (t) => {
  const outDir = await temporary(t);
  const files = ['overcloud-full.tar', 'ironic-python-agent.tar'];
  const paths = await buildImages({ fullHash: hashA, outDir, files, sizeBytes: 3_000_000, signal, write });
  t.deepEqual(
    paths,
    files.map((file) => join(outDir, file)),
  );
  const [image = ''] = paths;
  const bytes = await readFile(image);
  const md5 = createHash('md5').update(bytes).digest('hex');
  t.is(await readFile(`${image}.md5`, 'utf8'), `${md5}  overcloud-full.tar\n`);
  t.deepEqual(tarNames(bytes), ['overcloud-full.qcow2', 'overcloud-full.initrd', 'overcloud-full.vmlinuz']);
  t.is(bytes.toString('latin1', 512, 516), 'QFI\xfb');
  t.is(bytes.length % 512, 0);

  const again = await temporary(t);
  await buildImages({ fullHash: hashA, outDir: again, files, sizeBytes: 3_000_000, signal, write });
  t.true(bytes.equals(await readFile(join(again, 'overcloud-full.tar'))));
  await buildImages({ fullHash: hashA, outDir: again, files, sizeBytes: 3_000_000, flavour: 'rhel', signal, write });
  t.false(bytes.equals(await readFile(join(again, 'overcloud-full.tar'))));
});

function tarNames(bytes: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; bytes[at] !== 0;) {
    names.push(bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, ''));
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

test('there are as many container names as asked for, all different', (t) => {
  for (const count of [1, 24, 150, 400]) t.is(new Set(containerNames(count)).size, count);
  t.true(containerNames(24).includes('heat-api'));
});

test('a job passes on a whole hash, and fails for each thing that is wrong', async (t) => {
  const folder = await temporary(t);
  const [{ lab, dlrn }, registry, ci] = await Promise.all([
    startSeeded('classic'),
    startLabRegistry(),
    startLabCi({ seed: 'a' }),
  ]);
  const row = lab.state.commits.at(-1);
  if (row === undefined) throw new Error('nothing was built');
  const fullHash = parseFullHash(directoryOf(row).split('/').at(-1) ?? '');
  const registryUrl = `${registry.url}/tripleomaster`;
  await buildContainers({ fullHash, registryUrl, names: ['heat-api'], outDir: folder, signal, write, layerBytes: 100 });
  await buildImages({ fullHash, outDir: folder, files: ['overcloud-full.tar'], sizeBytes: 10_000, signal, write });
  const images = await startLabImageServer({ root: folder });
  const digest = registry.manifest('tripleomaster/heat-api', fullHash)?.digest ?? '';
  const { size } = await stat(join(folder, 'overcloud-full.tar'));
  const set = {
    ...{ fullHash, release: 'master', repository: { url: null, builds: [] } },
    containers: [{ name: 'heat-api', digest: parseDigest(digest) }],
    images: [{ name: 'overcloud-full.tar', size, sha256: '0'.repeat(64), md5: null, visibility: 'public' as const }],
  };
  const setFile = join(folder, 'set.json');
  const lines: string[] = [];
  const run = (env: Record<string, string> = {}): Promise<number> => {
    lines.length = 0;
    const flags = ['--ci-url', ci.url, '--registry-url', registryUrl, '--images-url', images.url];
    return runLabCommand(['job', ...flags], {
      env: {
        ...{ TAGFLOW_JOB: 'job', TAGFLOW_FULL_HASH: fullHash, TAGFLOW_SET: setFile, TAGFLOW_RESULTS_DIR: folder },
        ...{ TAGFLOW_REPO_URL: `${dlrn.reposUrl}/${directoryOf(row)}`, ...env },
      },
      signal,
      write: (line) => lines.push(line),
    });
  };

  await writeFile(setFile, formatSet(set));
  t.is(await run(), 0, lines.join('\n'));
  t.regex(await readFile(join(folder, 'TEST-job.xml'), 'utf8'), /tests="5" failures="0"/);
  t.regex(lines.join('\n'), /ok +containers: 1 manifests/);

  const firstBuild = lab.state.commits.find((each) => each.status === 'SUCCESS' && !each.purged);
  const otherRepo = firstBuild === undefined ? '' : `${dlrn.reposUrl}/${directoryOf(firstBuild)}`;
  t.is(await run({ TAGFLOW_REPO_URL: otherRepo }), 1);
  t.regex(lines.join('\n'), /FAIL +repository: .*names/);

  ci.failJobs.add('job');
  t.is(await run(), 1);
  t.regex(
    await readFile(join(folder, 'TEST-job.xml'), 'utf8'),
    /name="deployment"><failure message="the CI says failure"/,
  );
  ci.failJobs.clear();

  await writeFile(setFile, formatSet({ ...set, images: set.images.map((image) => ({ ...image, size: size + 1 })) }));
  t.is(await run(), 1);
  t.regex(lines.join('\n'), /FAIL +images/);

  await writeFile(
    setFile,
    formatSet({ ...set, containers: [{ name: 'heat-api', digest: parseDigest(`sha256:${'0'.repeat(64)}`) }] }),
  );
  t.is(await run(), 1);
  t.regex(lines.join('\n'), /FAIL +containers: .*404/);
  await Promise.all([lab, registry, ci, images].map((server) => server.close()));
});

test('a job on an aggregate compares its md5', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const ci = await startLabCi({ seed: 'a' });
  const found = lab.state.tree.find('consistent/delorean.repo.md5');
  const hash = found?.kind === 'file' ? found.content.toString() : '';
  const repoUrl = `${dlrn.reposUrl}/consistent/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const run = (fullHash: string): Promise<number> =>
    runLabCommand(['job', '--ci-url', ci.url], {
      env: { TAGFLOW_JOB: 'job', TAGFLOW_FULL_HASH: fullHash, TAGFLOW_REPO_URL: repoUrl },
      signal,
      write,
    });
  t.is(await run(hash), 0);
  t.is(await run('f'.repeat(32)), 1);
  await Promise.all([lab.close(), ci.close()]);
});

test('a lab command says which flag or variable it lacks', async (t) => {
  const host = { env: { TAGFLOW_FULL_HASH: hashA }, signal, write };
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['sing'], /"sing" is not one of build-containers, build-images, job/],
    [[], /"" is not one of/],
    [['job', '--ci-url', 'x'], /TAGFLOW_JOB is not set/],
    [['build-containers'], /--registry-url is missing/],
    [['build-images'], /TAGFLOW_OUT_DIR is not set/],
    [['build-images', '--loud'], /--loud/],
  ];
  for (const [argv, message] of cases) await t.throwsAsync(runLabCommand(argv, host), { message });
  const env = { ...host.env, TAGFLOW_OUT_DIR: '/nowhere' };
  await t.throwsAsync(runLabCommand(['build-images', '--flavour', 'plum'], { ...host, env }), { message: /"plum"/ });
});

test('a cancelled build leaves', async (t) => {
  const outDir = await temporary(t);
  const cancelled = AbortSignal.abort(new Error('stop'));
  const files = ['overcloud-full.tar'];
  await t.throwsAsync(buildImages({ fullHash: hashA, outDir, files, signal: cancelled, write }));
  await t.throwsAsync(open(join(outDir, 'overcloud-full.tar.md5')));
});
