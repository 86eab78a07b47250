import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArtifactSet, parseDigest, parseFullHash, parseSet } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { FeaturesetError, parseResults, writeSetFile, writeResults } from '../src/index.ts';
import { jobResult } from './job-data.ts';

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

test('a job gets the set of the hash that it tests, and no other', async (t) => {
  const target = join(await folderOf(t), 'set.json');
  const set = { ...empty, containers, images };
  t.is(await writeSetFile(set, fullHash, target), target);
  t.deepEqual(parseSet(await readFile(target, 'utf8'), target), set);
  t.is(await writeSetFile(null, fullHash, target), undefined);
  const error = await t.throwsAsync(writeSetFile(set, parseFullHash('b'.repeat(32)), target), {
    instanceOf: FeaturesetError,
    code: 'bad-set',
    message: /of the hash a{32}/,
  });
  t.is(error.outcome, 'invalid');
});

test('results are written as JSON and JUnit', async (t) => {
  const folder = await folderOf(t);
  const results = {
    fullHash,
    release: 'master',
    distro: null,
    startedAt: '2026-01-02T03:04:05.000Z',
    jobs: [jobResult('a')],
  };
  const files = await writeResults(folder, results);
  t.deepEqual(parseResults(await readFile(files.results, 'utf8'), 'r'), results);
  t.regex(await readFile(files.junit, 'utf8'), /<testcase /);
});
