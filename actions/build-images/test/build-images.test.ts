import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatSet, parseFullHash, parseSet } from '@tagflow/model';
import test from 'ava';
import { checkEvidence } from '../src/results.ts';
import { bench, fullHash, otherHash, repositoryOf, startTree } from './bench.ts';

const both = `a.img=first b.img=second full-hash=${fullHash}`;
const hexOf = (kind: string, text: string): string => createHash(kind).update(text).digest('hex');

test('images: described in a set, with sums beside them, from the pinned repository', async (t) => {
  const { repoUrl } = await startTree(t);
  const args =
    'a.img=first b.img=second left.over=x repo log=TAGFLOW_BASE_IMAGE log=TAGFLOW_FILES read=TAGFLOW_REPO_FILE';
  const { folder, said, run, images } = await bench(t, { images: args });
  const { outcome, outputs, message } = await run({ ...images, 'repo-url': repoUrl, builder: 'https://ci/1' });
  t.is(outcome, 'done', message);
  t.deepEqual(Object.keys(outputs).sort(), ['build', 'files', 'log-url', 'set']);
  t.is(outputs['files'], pathToFileURL(join(folder, 'images')).href);
  const set = parseSet(await readFile(outputs['set'] ?? '', 'utf8'), 'set');
  const entry = (name: string, text: string) => ({
    ...{ name, size: text.length, sha256: hexOf('sha256', text), md5: hexOf('md5', text) },
    ...{ visibility: 'public', builder: 'https://ci/1' },
  });
  t.deepEqual(set as unknown, {
    ...{ fullHash, release: 'master', repository: { url: repoUrl, builds: [] }, containers: [] },
    images: [entry('a.img', 'first'), entry('b.img', 'second')],
  });
  t.true(said.includes('TAGFLOW_BASE_IMAGE: centos.qcow2'));
  t.true(said.includes('TAGFLOW_FILES: a.img,b.img'));
  t.true(said.includes(`TAGFLOW_REPO_FILE: ${JSON.stringify(repositoryOf(fullHash))}`));
  for (const kind of ['md5', 'sha256'])
    t.is(await readFile(join(folder, 'images', `b.img.${kind}`), 'utf8'), `${hexOf(kind, 'second')}  b.img\n`);
  const build = JSON.parse(await readFile(outputs['build'] ?? '', 'utf8')) as Record<string, unknown>;
  t.is(build['schema'], 'tagflow/build/v1');
  t.deepEqual(build['inputs'], {
    repository: { url: repoUrl, sha256: hexOf('sha256', repositoryOf(fullHash)) },
    baseImage: { name: 'centos.qcow2', sha256: null },
  });
  t.deepEqual(build['outputs'], {
    images: set.images.map(({ name, size, sha256, md5 }) => ({ name, size, sha256, md5 })),
    containers: [],
  });
});

test('without config: a command, a release and files', async (t) => {
  const { run, alone } = await bench(t);
  const { outcome, outputs, message } = await run(alone(`a.img=x full-hash=${fullHash}`));
  t.is(outcome, 'done', message);
  t.truthy(outputs['set']);
});

test('evidence: none takes what shows nothing, and not what shows another hash', async (t) => {
  const { run, alone } = await bench(t);
  t.is((await run({ ...alone('a.img=x'), evidence: 'none' })).outcome, 'done');
  const other = await run({ ...alone(`a.img=x full-hash=${otherHash}`), evidence: 'none' });
  t.is(other.outcome, 'failed');
});

const aggregate = [repositoryOf(fullHash), repositoryOf(otherHash)].join('\n');
const md5 = hexOf('md5', aggregate);
const onMirror = aggregate.replaceAll('trunk.example', 'mirror.example');
const shown: readonly (readonly [string, string, string, string | null, string | null])[] = [
  ['a commit by its directory', fullHash, repositoryOf(fullHash), null, null],
  ['a commit on a mirror', fullHash, repositoryOf(fullHash, 'https://mirror.example/x'), null, null],
  ['another commit', fullHash, repositoryOf(otherHash), null, otherHash],
  ['a commit among others', fullHash, aggregate, null, '2 repositories'],
  ['an aggregate by its bytes', md5, aggregate, null, null],
  ['an aggregate on a mirror, where the pinned file is known', md5, onMirror, aggregate, null],
  ['an aggregate on a mirror, where it is not', md5, onMirror, null, hexOf('md5', onMirror)],
  ['another aggregate', md5, repositoryOf(otherHash), aggregate, hexOf('md5', repositoryOf(otherHash))],
];
for (const [name, hash, left, pinned, other] of shown) {
  test(`evidence: ${name}`, async (t) => {
    const { folder } = await bench(t);
    await writeFile(join(folder, 'delorean.repo'), left);
    const known = pinned === null ? null : { url: 'http://127.0.0.1', text: pinned, sha256: '' };
    const check = () =>
      checkEvidence(folder, { fullHash: parseFullHash(hash) }, { pinned: known, notBefore: 0, isRequired: true });
    if (other === null) await t.notThrowsAsync(check);
    else await t.throwsAsync(check, { message: new RegExp(`to build ${hash}, .* "?${other}"?$`) });
  });
}

test('a dry run says the command and starts nothing', async (t) => {
  const { folder, said, run, images, command } = await bench(t, { images: 'a.img=first' });
  t.is((await run({ ...images, 'dry-run': 'true' })).outcome, 'planned');
  t.true(said.includes(`${command} a.img=first`));
  await t.throwsAsync(readFile(join(folder, 'images', 'a.img')));
});

test('a phase that builds nothing has nothing to do', async (t) => {
  const { run, images, containers } = await bench(t);
  t.is((await run({ ...images, phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
  t.is((await run({ ...containers, phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
});

const failures: readonly (readonly [string, string, RegExp])[] = [
  ['a builder that fails', 'a.img=x exit=4', /did not succeed: it ended with exit code 4; log: file:/],
  ['a builder that leaves nothing', '', /a\.img is missing, b\.img is missing/],
  ['a missing file', 'a.img=first', /b\.img is missing/],
  ['an empty file', 'a.img= b.img=x', /a\.img is empty/],
  ['a link that leads out', 'link=a.img=/etc/hostname b.img=x', /a\.img is a link that leads out of the folder, to \//],
  ['a wrong checksum beside a file', `a.img=x a.img.md5=${'0'.repeat(32)} b.img=x`, /a\.img has md5/],
  ['nothing that tells the hash', 'a.img=x b.img=x', /nothing in \S+ tells which hash the builder has built/],
  [
    'the hash of another',
    `a.img=x b.img=x full-hash=${otherHash}`,
    new RegExp(`to build ${fullHash}, and the full-hash that it left is of ${otherHash}`),
  ],
  ['a hash that is none', 'a.img=x b.img=x full-hash=latest', /the full-hash that it left names "latest"/],
  ['garbage as delorean.repo', `${both} delorean.repo=<html>`, /delorean\.repo/],
];
for (const [name, args, message] of failures) {
  test(`failed: ${name}`, async (t) => {
    const { run, images } = await bench(t, { images: args });
    const result = await run(images);
    t.is(result.outcome, 'failed');
    t.regex(result.message ?? '', message);
    t.deepEqual(Object.keys(result.outputs), ['log-url'], 'nothing is emitted, and the log is told');
  });
}

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no command', { release: 'master', files: 'a' }, /"command" is missing/],
  ['no release', { command: 'x', files: 'a' }, /"release" is missing/],
  ['no files', { command: 'x', release: 'master' }, /"files" is missing/],
  ['a file elsewhere', { command: 'x', release: 'master', files: '../a' }, /"\.\.\/a" cannot be the name of an image/],
  ['a malformed hash', { 'full-hash': '1', command: 'x', release: 'master', files: 'a' }, /full-hash "1"/],
  [
    'the directory of another hash',
    { command: 'x', release: 'master', files: 'a', 'repo-url': `http://127.0.0.1:1/cc/cc/${otherHash}` },
    /repo-url ".*" is not the directory of full-hash/,
  ],
  [
    'internal files for a public store',
    { config: 'tagflow.yaml', phase: 'upstream', visibility: 'internal' },
    /what is built is internal, and image store public of config is public/,
  ],
];
for (const [name, inputs, message] of wrong) {
  test(`invalid: ${name}`, async (t) => {
    const { run } = await bench(t);
    const result = await run(inputs);
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', message);
  });
}

test('invalid: files that were there before, which could pass for what is built', async (t) => {
  const { folder, run, images } = await bench(t, { images: both });
  await mkdir(join(folder, 'images'));
  await writeFile(join(folder, 'images', 'a.img'), 'old');
  const refused = await run(images);
  t.is(refused.outcome, 'invalid');
  t.regex(refused.message ?? '', /images holds files before the builder has started: a\.img/);
  t.is(await readFile(join(folder, 'images', 'a.img'), 'utf8'), 'old', "they may be somebody's");
});

test('what an earlier run left is gone before the next one starts', async (t) => {
  const { run, alone } = await bench(t);
  t.is((await run(alone(`a.img=x full-hash=${fullHash}`))).outcome, 'done');
  const again = await run(alone('b.img=x'));
  t.is(again.outcome, 'failed');
  t.regex(again.message ?? '', /a\.img is missing/);
});

test('what a run left that nobody saw the end of is kept for it, and refused for another', async (t) => {
  const { folder, run, alone } = await bench(t);
  await mkdir(join(folder, 'images'));
  await writeFile(join(folder, 'images', 'a.img'), 'old');
  await writeFile(join(folder, 'images.run'), `1 build-images-images-${fullHash}`);
  const again = await run(alone(`full-hash=${fullHash}`));
  t.is(again.outcome, 'failed');
  t.regex(again.message ?? '', /a\.img was there before the builder started/);
});

test('the repository of the hash: another file, none, and one that changes meanwhile', async (t) => {
  const { given, repoUrl } = await startTree(t);
  const { folder, run, alone } = await bench(t);
  const build = () => run({ ...alone(`a.img=x full-hash=${fullHash}`), 'repo-url': repoUrl });
  given.text = repositoryOf(otherHash);
  const other = await build();
  t.is(other.outcome, 'failed');
  t.regex(other.message ?? '', new RegExp(`delorean\\.repo is of ${otherHash}, and not of ${fullHash}`));
  given.text = null;
  t.regex((await build()).message ?? '', /delorean\.repo is not there/);
  await t.throwsAsync(readFile(join(folder, 'build-images.log')), undefined, 'the builder was not started');

  given.text = repositoryOf(fullHash);
  given.afterRead = () => (given.text = repositoryOf(fullHash, 'https://elsewhere.example'));
  const changed = await build();
  t.is(changed.outcome, 'failed');
  t.regex(changed.message ?? '', /delorean\.repo was changed while a{40}_b{8} was built: its sha256 was [0-9a-f]{64}/);
  t.is(changed.outputs['set'], undefined);
});

test('phase 2 starts from the image of the set that phase 1 published', async (t) => {
  const { folder, said, run } = await bench(t, {
    images: `a.img=rhel full-hash=${fullHash} read=TAGFLOW_BASE_IMAGE`,
  });
  const image = {
    name: 'base.img',
    size: 4,
    sha256: hexOf('sha256', 'base'),
    md5: null,
    visibility: 'public' as const,
  };
  const publish = (hash: string) =>
    writeFile(
      join(folder, 'set.in.json'),
      formatSet({
        ...{ fullHash: parseFullHash(hash), release: 'master', repository: { url: null, builds: [] } },
        ...{ containers: [], images: [image] },
      }),
    );
  await publish(fullHash);
  await mkdir(join(folder, 'fetched'));
  const base = join(folder, 'fetched', 'base.img');
  await writeFile(base, 'base');
  const inputs = {
    ...{ config: 'tagflow.yaml', phase: 'rdo-phase-2', set: join(folder, 'set.in.json') },
    'base-folder': pathToFileURL(join(folder, 'fetched')).href,
  };
  const { outcome, outputs, message } = await run(inputs);
  t.is(outcome, 'done', message);
  t.true(said.includes('TAGFLOW_BASE_IMAGE: "base"'));
  const { images } = parseSet(await readFile(outputs['set'] ?? '', 'utf8'), 'set');
  t.deepEqual(
    images.map(({ name, visibility }) => `${name} ${visibility}`),
    ['a.img internal'],
  );
  const { inputs: noted } = JSON.parse(await readFile(outputs['build'] ?? '', 'utf8')) as { inputs: object };
  t.deepEqual(noted, { repository: null, baseImage: { name: 'base.img', sha256: image.sha256 } });

  const refused = async (more: Readonly<Record<string, string>>, outcomeOf: string, words: RegExp) => {
    const result = await run({ ...inputs, ...more });
    t.is(result.outcome as string, outcomeOf, result.message);
    t.regex(result.message ?? '', words);
  };
  await refused({ 'base-image': 'other.img' }, 'invalid', /has no other\.img \(it has: base\.img\)/);
  await refused({ 'base-folder': '' }, 'invalid', /"base-folder" is missing: where is base\.img/);
  await writeFile(base, 'bass');
  await refused({}, 'failed', /base\.img is missing, or has not the sha256 [0-9a-f]{64} of the set/);
  await publish(otherHash);
  await refused({}, 'invalid', /"set" is of c{40}_d{8}/);
});

test('what is published for the hash is not built again, unless somebody asks for it', async (t) => {
  const { folder, said, run, images } = await bench(t, { images: both });
  const place = join(folder, 'images-store', 'master', fullHash);
  await mkdir(place, { recursive: true });
  const image = (name: string) => ({ name, size: 3, sha256: 'c'.repeat(64), md5: null, visibility: 'public' as const });
  const set = { release: 'master', repository: { url: null, builds: [] }, containers: [] };
  const publish = (names: readonly string[]) =>
    writeFile(
      join(place, 'set.json'),
      formatSet({ ...set, fullHash: parseFullHash(fullHash), images: names.map(image) }),
    );

  await publish(['a.img']);
  t.is((await run(images)).outcome, 'done', 'one of the two files is missing');
  await publish(['a.img', 'b.img']);
  said.length = 0;
  const again = await run(images);
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.deepEqual(said, [], 'nothing was run');
  const kept = parseSet(await readFile(again.outputs['set'] ?? '', 'utf8'), 'set');
  t.deepEqual(
    kept.images.map(({ sha256 }) => sha256),
    ['c'.repeat(64), 'c'.repeat(64)],
  );
  t.is((await run({ ...images, rebuild: 'true' })).outcome, 'done');
});
