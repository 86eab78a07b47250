import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import test from 'ava';
import { type Lab, startLab } from '@tagflow/lab';
import { runConsumer } from './release-consumer.ts';
import { createScratch, type Scratch } from './release-scratch.ts';

// One history for all: each test goes on where the one before ended.
let scratch: Scratch;
let lab: Lab;
let actions: readonly string[];

test.before(async () => {
  scratch = await createScratch();
  actions = (await scratch.git('ls-tree', '--name-only', 'HEAD', 'actions/')).split('\n').map((path) => path.slice(8));
});
test.after.always(async () => {
  await lab?.close();
  await scratch?.remove();
});

const at = (name: string): Promise<string> => scratch.git('rev-parse', `${name}^{commit}`);
const versionOf = async (folder: string): Promise<unknown> =>
  (JSON.parse(await scratch.read(`${folder}/package.json`)) as { readonly version?: unknown }).version;
const holdersOf = async (file: string): Promise<readonly string[]> => {
  const found = await Promise.all(
    actions.map(async (name) => (await scratch.read(`actions/${name}/release.json`)).includes(`"${file}"`)),
  );
  return actions.filter((_, index) => found[index]);
};

test.serial('nothing is released that nobody declared', async (t) => {
  const head = await at('HEAD');
  const { exitCode, stdout } = await scratch.release();
  t.is(exitCode, 0);
  t.is(stdout, 'nothing to release\nnothing was pushed; look at it, then run: npm run release -- --push\n');
  t.is(await at('HEAD'), head);
  t.is(await scratch.git('tag', '--list'), '');
});

test.serial('the page for maintainers has the commands that are run here', async (t) => {
  const commands = [...(await scratch.read('docs/releasing.md')).matchAll(/^npm run release(?: -- (\S+))?/gm)];
  t.deepEqual(
    commands.map(([, option = '']) => option),
    ['--check', '--dry-run', '', '--push'],
  );
  const { scripts } = JSON.parse(await scratch.read('package.json')) as { readonly scripts: Record<string, string> };
  t.is(scripts['release'], 'node scripts/release.ts');
});

test.serial('the pipelines are not released before the actions that they use', async (t) => {
  await scratch.write('.changeset/first.md', "---\n'@tagflow/pipelines': major\n---\n\nThe phases.\n");
  const { exitCode, stderr } = await scratch.release('--check');
  t.is(exitCode, 1);
  t.regex(stderr, /^pipelines: the workflows use \.\/actions\/get-repo-hash, which was never released: write /m);
});

test.serial('a first release: versions, changelogs, one commit, its tags, and nothing pushed', async (t) => {
  const names = [...actions, 'pipelines'].map((name) => `'@tagflow/${name}': major\n`).join('');
  await scratch.write('.changeset/first.md', `---\n${names}---\n\nEverything that there is.\n`);
  const refused = await scratch.release();
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /^there are changes that are not committed:\n\?\? \.changeset\/first\.md/);
  await scratch.commit('declared');

  const { exitCode, stdout, stderr } = await scratch.release();
  t.is(stderr, '');
  t.is(exitCode, 0);
  t.regex(stdout, /^get-repo-hash 0\.0\.0 → 1\.0\.0 \(major\)$/m);
  t.regex(stdout, /^nothing was pushed; look at it, then run: npm run release -- --push$/m);
  const all = [...actions, 'pipelines'].map((name) => `${name} 1.0.0`).join(', ');
  t.is(await scratch.git('log', '-1', '--format=%s'), `release ${all}`);
  t.is(await scratch.git('status', '--porcelain'), '');
  t.is(
    await scratch.git('tag', '--list'),
    [...actions, 'pipelines']
      .toSorted()
      .flatMap((name) => [`${name}-v1`, `${name}-v1.0.0`])
      .join('\n'),
  );
  const head = await at('HEAD');
  for (const name of actions) t.deepEqual([await at(`${name}-v1.0.0`), await at(`${name}-v1`)], [head, head], name);
  t.is(await versionOf('actions/get-repo-hash'), '1.0.0');
  t.is(
    await scratch.read('actions/get-repo-hash/CHANGELOG.md'),
    '# Changes of get-repo-hash\n\n## 1.0.0 (2026-01-31)\n\n### Breaks\n\n- Everything that there is.\n',
  );
  t.is(await scratch.git('ls-files', '.changeset'), '.changeset/README.md\n.changeset/config.json');
  t.is(await scratch.git('ls-remote', 'origin'), '');

  const again = await scratch.release();
  t.regex(again.stdout, /^nothing to release$/m);
  t.is(await at('HEAD'), head);
});

test.serial('the pipelines are tagged beside the branch, with everything that they use by commit', async (t) => {
  const head = await at('HEAD');
  const tagged = await at('pipelines-v1.0.0');
  t.is(await at('pipelines-v1'), tagged);
  t.is(await scratch.git('branch', '--contains', tagged), '', 'no branch has it');
  t.is(await scratch.git('merge-base', tagged, 'HEAD'), head);
  const changed = (await scratch.git('diff', '--name-only', head, tagged)).split('\n');
  t.true(
    changed.every((path) => path.startsWith('.github/workflows/')) && !changed.includes('.github/workflows/ci.yml'),
  );
  const text = await scratch.git('show', `${tagged}:.github/workflows/phase-osp-phase-0.yml`);
  t.true(text.includes(`uses: octo/tagflow/actions/get-repo-hash@${head} # get-repo-hash-v1.0.0\n`));
  const promotion = await scratch.git('show', `${tagged}:.github/workflows/promotion.yml`);
  const [, called = ''] =
    /uses: octo\/tagflow\/\.github\/workflows\/\S+@([0-9a-f]{40}) # of pipelines-v1\.0\.0/.exec(promotion) ?? [];
  t.is(await scratch.git('merge-base', called, tagged), called, 'the called workflow is one commit before');
  t.is(await scratch.git('grep', '-h', 'uses: ./', tagged, '--', '.github/workflows').catch(() => 'none'), 'none');
});

test.serial('it is pushed as a whole, when that is asked for', async (t) => {
  const { exitCode, stdout, stderr } = await scratch.release('--push');
  t.is(stderr, '');
  t.is(exitCode, 0);
  t.regex(stdout, /^pushed main and its tags$/m);
  const there = await scratch.git(
    'ls-remote',
    'origin',
    'refs/heads/main',
    'refs/tags/pipelines-v1',
    'refs/tags/hand-off-v1',
  );
  t.is(
    there,
    `${await at('HEAD')}\trefs/heads/main\n${await at('HEAD')}\trefs/tags/hand-off-v1\n${await at('pipelines-v1')}\trefs/tags/pipelines-v1`,
  );
  t.regex((await scratch.release('--push')).stdout, /^origin has all of it$/m);
});

test.serial('a change in a package releases the actions whose build holds it, and no other', async (t) => {
  const file = 'packages/runner/src/index.ts';
  const held = (await scratch.git('ls-files', 'packages/runner/src')).split('\n');
  const holders = await Promise.all(held.map(async (path) => [path, await holdersOf(path)] as const));
  const [path, names] = holders.find(([, found]) => found.length > 0) ?? [file, []];
  t.true(names.includes('run-featureset-tests') && !names.includes('get-repo-hash'), 'some hold it, and not all');
  const before = await at('HEAD');
  await scratch.write(path, `${await scratch.read(path)}// Said better.\n`);
  await scratch.commit('runner: said better');
  const dry = await scratch.release('--dry-run', '--base', 'HEAD~1');
  t.is(dry.exitCode, 0);
  t.true(
    dry.stdout.includes('\n## 1.0.1 (2026-01-31)\n\n### From its parts\n\n- packages/runner: runner: said better ('),
  );
  t.is(await scratch.git('status', '--porcelain'), '');

  const { exitCode, stdout } = await scratch.release('--push');
  t.is(exitCode, 0);
  const released = [...stdout.matchAll(/^(\S+) 1\.0\.0 → 1\.0\.1 \(patch\)$/gm)].map(([, name]) => name);
  t.deepEqual(released, [...names, 'pipelines']);
  const head = await at('HEAD');
  t.is(await at('run-featureset-tests-v1.0.0'), before);
  t.is(await at('run-featureset-tests-v1'), head);
  t.is(await at('get-repo-hash-v1'), before);
  const changelog = await scratch.read('actions/run-featureset-tests/CHANGELOG.md');
  t.regex(
    changelog,
    /^## 1\.0\.1 \(2026-01-31\)\n\n### From its parts\n\n- packages\/runner: runner: said better \([0-9a-f]+\)\n\n## 1\.0\.0/m,
  );
  t.regex(await scratch.read('.github/pipelines/CHANGELOG.md'), /^- run-featureset-tests 1\.0\.0 → 1\.0\.1$/m);
  t.is(
    await scratch.git('ls-remote', 'origin', 'refs/tags/run-featureset-tests-v1'),
    `${head}\trefs/tags/run-featureset-tests-v1`,
  );
});

test.serial('a break that is not declared as one is refused', async (t) => {
  await scratch.edit('actions/get-repo-hash/src/inputs.ts', "'as-of':", "'at-time':");
  await scratch.write('.changeset/calm.md', "---\n'@tagflow/get-repo-hash': patch\n---\n\nA better name.\n");
  const head = await scratch.commit('get-repo-hash: a better name');
  const { exitCode, stderr } = await scratch.release();
  t.is(exitCode, 1);
  t.is(
    stderr,
    'get-repo-hash: what changed since get-repo-hash-v1.0.0 breaks those who use it, and needs major, not patch:\n' +
      '  - input "as-of" was removed\n  - input "at-time" is new\n' +
      "  .changeset/calm.md says patch: it must say '@tagflow/get-repo-hash': major\n",
  );
  t.is(await at('HEAD'), head);

  await scratch.edit('.changeset/calm.md', 'patch', 'major');
  await scratch.commit('declared as what it is');
  t.is((await scratch.release()).exitCode, 0);
  t.is(await versionOf('actions/get-repo-hash'), '2.0.0');
  t.is(await at('get-repo-hash-v2'), await at('HEAD'));
  t.is(await at('get-repo-hash-v1'), await at('get-repo-hash-v1.0.0'), 'those on v1 are left alone');
});

test.serial('a tag of a version that exists is refused before anything is written', async (t) => {
  await scratch.write('.changeset/fix.md', "---\n'@tagflow/hand-off': patch\n---\n\nA fix.\n");
  const head = await scratch.commit('a fix');
  const next = `${(await scratch.git('tag', '--list', 'hand-off-v1.0.1')) === '' ? '1.0.1' : '1.0.2'}`;
  await scratch.git('tag', `hand-off-v${next}`, 'HEAD~1');
  const { exitCode, stderr } = await scratch.release();
  t.is(exitCode, 1);
  t.true(stderr.startsWith(`there is hand-off-v${next} already, and a version's tag never moves`), stderr);
  t.is(await at('HEAD'), head);
  await scratch.git('tag', '--delete', `hand-off-v${next}`);
});

for (const point of ['merge', 'commit-tree', 'update-ref']) {
  test.serial(`what was interrupted before git ${point} is finished by the next run`, async (t) => {
    await scratch.write('.changeset/more.md', "---\n'@tagflow/hand-off': minor\n---\n\nMore.\n");
    await scratch.commit(`more, before ${point}`);
    const before = await at('HEAD');
    const old = await versionOf('actions/hand-off');
    // Its first one is that of the release, the second one that of the pipelines.
    const { exitCode, stderr } = await scratch.releaseWith({
      PATH: await pathWithout(point, point === 'commit-tree' ? 2 : 1),
    });
    t.is(exitCode, 1, stderr);
    const interrupted = await at('HEAD');
    t.is(interrupted === before, point === 'merge');

    const again = await scratch.release('--push');
    t.is(again.exitCode, 0, again.stderr);
    const version = await versionOf('actions/hand-off');
    t.is(
      version,
      String(old).replace(/\.(\d+)\.\d+$/, (_, minor: string) => `.${String(Number(minor) + 1)}.0`),
    );
    if (point !== 'merge') t.is(await at('HEAD'), interrupted, 'the release is the one that was begun');
    t.is(await at(`hand-off-v${String(version)}`), await at('HEAD'));
    t.is(await at('hand-off-v1'), await at('HEAD'));
    t.is(await scratch.git('merge-base', 'pipelines-v1', 'HEAD'), await at('HEAD'));
    t.is(await scratch.git('status', '--porcelain'), '');
  });
}

test.serial('the same release gives the same commits, wherever it is tagged', async (t) => {
  const tagged = await at('pipelines-v1');
  const version = `pipelines-v${String(await versionOf('.github/pipelines'))}`;
  await scratch.git('tag', '--delete', version, 'pipelines-v1');
  const refused = await scratch.release();
  t.regex(refused.stderr, /^origin has tags that are not here, such as pipelines-v\S+: git fetch --tags --force$/m);
  await scratch.git('remote', 'rename', 'origin', 'elsewhere');
  t.is((await scratch.release('--repository', 'octo/tagflow')).exitCode, 0);
  await scratch.git('remote', 'rename', 'elsewhere', 'origin');
  t.deepEqual([await at(version), await at('pipelines-v1')], [tagged, tagged]);
});

test.serial('a stale dist/, and a branch behind origin, are refused', async (t) => {
  const head = await at('HEAD');
  await scratch.edit('actions/hand-off/src/action.ts', 'description:', 'description: "Stale. " +');
  await scratch.git('commit', '--all', '--quiet', '--message=not built');
  const stale = await scratch.release();
  t.is(stale.exitCode, 1);
  t.regex(
    stale.stderr,
    /^scripts\/generate\.ts --check: actions\/hand-off\/action\.yml is not what its definition says/,
  );
  await scratch.git('push', '--quiet', 'origin', 'HEAD:main');
  await scratch.git('reset', '--quiet', '--hard', head);
  const behind = await scratch.release();
  t.is(behind.exitCode, 1);
  t.is(behind.stderr, 'main at origin has commits that are not here: git pull --rebase\n');
  await scratch.git('push', '--quiet', '--force', 'origin', 'HEAD:main');
});

test.serial('act runs a released action and a released phase in a repository of somebody else', async (t) => {
  lab = await startLab({
    self: [process.execPath, join(scratch.folder, 'dist/tagflow.js')],
    containers: 2,
    imageBytes: 1 << 16,
  });
  const run = await runConsumer({ scratch, lab, action: 'get-repo-hash-v2', pipelines: 'pipelines-v1' });
  t.is(run.exitCode, 0, run.text);
  t.is(run.outputs.get('look-up hash.outcome'), 'done');
  t.regex(run.outputs.get('look-up hash.full-hash') ?? '', /^[0-9a-f]{40}_[0-9a-f]{8}$/);
  t.is(run.outputs.get('osp/hand-off hand-off.outcome'), 'done');
  t.is(run.jobs.get('osp/hand-off'), 'success');
});

/** Returns a PATH whose git fails, before it does anything, when it is called so for the n-th time. */
async function pathWithout(command: string, n: number): Promise<string> {
  const folder = join(dirname(scratch.folder), `fail-${command}`);
  await mkdir(folder, { recursive: true });
  const real = process.env['PATH'] ?? '';
  const script = `#!/bin/sh
if [ "$1" = ${command} ]; then
  echo x >>'${folder}/calls'
  [ "$(wc -l <'${folder}/calls')" -eq ${String(n)} ] && { echo interrupted >&2; exit 137; }
fi
PATH='${real}'
exec git "$@"
`;
  await writeFile(join(folder, 'git'), script);
  await chmod(join(folder, 'git'), 0o755);
  return [folder, real].join(delimiter);
}
