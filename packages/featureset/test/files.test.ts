import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash, parseSet } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { FeaturesetError, parseResults, writeMergedSet, writeResults } from '../src/index.ts';

const fullHash = parseFullHash('a'.repeat(32));
const empty: ArtifactSet = {
  fullHash,
  release: 'master',
  repository: { url: null, builds: [] },
  containers: [],
  images: [],
};
const containers = [{ name: 'heat-api', digest: parseDigest(`sha256:${'1'.repeat(64)}`) }];
const images = [{ name: 'x.tar', size: 1, sha256: '2'.repeat(64), md5: null, visibility: 'public' }] as const;

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-files-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('sets become one', async (t) => {
  const folder = await folderOf(t);
  const target = join(folder, 'set.json');
  await writeFile(join(folder, 'a.json'), formatSet({ ...empty, containers }));
  await writeFile(join(folder, 'b.json'), formatSet({ ...empty, images }));
  t.is(await writeMergedSet([join(folder, 'a.json'), join(folder, 'b.json')], fullHash, target), target);
  t.deepEqual(parseSet(await readFile(target, 'utf8'), target), { ...empty, containers, images });
  t.is(await writeMergedSet([], fullHash, target), undefined);
});

test('a set that is missing, or of another hash, is refused', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, 'a.json');
  const write = () => writeMergedSet([path], parseFullHash('b'.repeat(32)), join(folder, 'set.json'));
  await t.throwsAsync(write(), { instanceOf: FeaturesetError, code: 'bad-set', message: /a\.json cannot be read/ });
  await writeFile(path, formatSet({ ...empty, containers }));
  const error = await t.throwsAsync(write(), {
    instanceOf: FeaturesetError,
    code: 'bad-set',
    message: /of the hash a{32}/,
  });
  t.is(error.outcome, 'invalid');
});

test('results are written as JSON and JUnit', async (t) => {
  const folder = await folderOf(t);
  const job = {
    job: 'a',
    featureset: null,
    nodes: null,
    voting: true,
    status: 'success',
    exitCode: 0,
    durationMs: 1,
  } as const;
  const results = {
    fullHash,
    release: 'master',
    distro: null,
    startedAt: '2026-01-02T03:04:05.000Z',
    jobs: [{ ...job, logUrl: 'file:///l', reason: null, tail: [] }],
  };
  const files = await writeResults(folder, results);
  t.deepEqual(parseResults(await readFile(files.results, 'utf8'), 'r'), results);
  t.regex(await readFile(files.junit, 'utf8'), /<testcase /);
});
