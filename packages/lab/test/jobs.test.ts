import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Check, parseFullHash } from '@tagflow/model';
import { startLabCi } from '../src/ci.ts';
import { buildContainers } from '../src/jobs/build-containers.ts';
import { buildImages } from '../src/jobs/build-images.ts';
import { containerNames } from '../src/jobs/container-names.ts';
import type { LabVerifyRequest } from '../src/jobs/lab-job.ts';
import { runLabCommand } from '../src/lab-command.ts';
import { startLabRegistry } from '../src/registry.ts';

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

const passed: Check = { kind: 'repository', subject: 'http://x', detail: 'lists primary', ok: true, bytes: 7 };
const broken: Check = { kind: 'image', subject: 'a.tar', detail: '<a.tar> is not there', ok: false, bytes: 0 };

test('a job passes when all that was looked at is right and the CI says so, and fails else', async (t) => {
  const folder = await temporary(t);
  const ci = await startLabCi({ seed: 'a' });
  const lines: string[] = [];
  const asked: LabVerifyRequest[] = [];
  let found: readonly Check[] | Error = [];
  const run = (...flags: readonly string[]): Promise<number> => {
    lines.length = 0;
    return runLabCommand(['job', '--ci-url', ci.url, ...flags], {
      env: {
        ...{ TAGFLOW_JOB: 'job', TAGFLOW_FULL_HASH: hashA, TAGFLOW_SET: 'set.json', TAGFLOW_RESULTS_DIR: folder },
        TAGFLOW_REPO_URL: 'http://repos',
      },
      signal,
      write: (line) => lines.push(line),
      async verify(request) {
        asked.push(request);
        if (found instanceof Error) throw found;
        for (const check of found) request.onCheck(check);
        return found;
      },
    });
  };
  const report = (): Promise<string> => readFile(join(folder, 'TEST-job.xml'), 'utf8');

  found = [passed];
  const where = ['--registry-url', 'http://r/ns', '--name-pattern', 'c-{name}', '--images-url', 'http://i/{hash}'];
  const inside = ['--internal-images-url', 'file:///i/{hash}'];
  t.is(await run(...where, ...inside, '--depth', 'quick'), 0, lines.join('\n'));
  t.like(asked.pop(), {
    ...{ fullHash: hashA, repoUrl: 'http://repos', setFile: 'set.json', registryUrl: 'http://r/ns' },
    ...{ namePattern: 'c-{name}', imagesUrl: `http://i/${hashA}`, depth: 'quick' },
    internalImagesUrl: `file:///i/${hashA}`,
  });
  t.regex(await report(), /tests="2" failures="0"[^]*name="repository: http:\/\/x"><\/testcase>/);
  t.true(lines.includes('ok    repository: http://x: lists primary'));

  ci.failJobs.add('job');
  t.is(await run(), 1);
  t.like(asked.pop(), { registryUrl: null, imagesUrl: null, internalImagesUrl: null, depth: 'sample' });
  t.regex(await report(), /name="deployment"><failure message="the CI says failure"/);
  ci.failJobs.clear();

  found = [passed, broken];
  t.is(await run(), 1);
  t.regex(await report(), /failures="1"[^]*name="image: a\.tar"><failure message="&lt;a\.tar&gt; is not there"/);
  t.true(lines.includes('FAIL  image: a.tar: <a.tar> is not there'));

  found = [];
  t.is(await run(), 1);
  t.true(lines.includes('FAIL  verify: nothing was looked at'));

  found = new Error('no such file: set.json');
  t.is(await run(), 1);
  t.true(lines.includes('FAIL  verify: no such file: set.json'));
  await ci.close();
});

test('a lab command says which flag or variable it lacks', async (t) => {
  const host = { env: { TAGFLOW_FULL_HASH: hashA }, signal, write, verify: async () => [] };
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
  const jobEnv = { ...env, TAGFLOW_JOB: 'job', TAGFLOW_REPO_URL: 'http://repos' };
  const deep = runLabCommand(['job', '--ci-url', 'x', '--depth', 'deep'], { ...host, env: jobEnv });
  await t.throwsAsync(deep, { message: /"deep" is none of quick, sample, full/ });
});

test('a cancelled build leaves', async (t) => {
  const outDir = await temporary(t);
  const cancelled = AbortSignal.abort(new Error('stop'));
  const files = ['overcloud-full.tar'];
  await t.throwsAsync(buildImages({ fullHash: hashA, outDir, files, signal: cancelled, write }));
  await t.throwsAsync(open(join(outDir, 'overcloud-full.tar.md5')));
});
