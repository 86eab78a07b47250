import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { readFacts, unitFolders } from './release/facts.ts';
import { releaseFiles } from './release/files.ts';
import { createGit, type Git, writeCommit } from './release/git.ts';
import { planReleases, type ReleasePlan } from './release/plan.ts';
import { pushArguments, readRemote, refusalOfState, type Remote } from './release/remote.ts';
import { repositoryName } from './release/repository.ts';
import { type Tag, wantedTags, writeTags } from './release/tags.ts';
import { root } from './workspaces.ts';

// usage: node scripts/release.ts [--check | --dry-run] [--push] [--base REF] [--repository OWNER/NAME] [--date DATE]
//   Releases what changed: changelogs, versions, one commit, its tags. docs/releasing.md tells the whole.
//   --check       only says whether the changesets are enough for what changed, and ends with 1 when they are not
//   --dry-run     says what would be released, with the changelogs, and writes nothing
//   --push        brings the branch and the tags to origin
//   --base        compares with the release.json files of this commit, not with those of the last tags
//   --repository  where the pipelines will find the actions; default: what the remote origin says
//   --date        of the release, such as 2026-01-31; default: today, in UTC

const exec = promisify(execFile);
const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    push: { type: 'boolean' },
    base: { type: 'string' },
    repository: { type: 'string' },
    date: { type: 'string' },
  },
});
const date = flags.date ?? new Date().toISOString().slice(0, 10);
const git = createGit(root);

try {
  process.exitCode = flags.check === true || flags['dry-run'] === true ? await look() : await release(git);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function look(): Promise<number> {
  const plan = planReleases(await readFacts(git, flags.base ?? null));
  tell(plan);
  if (plan.refusals.length > 0) return 1;
  if (flags['dry-run'] === true) {
    for (const [path, text] of await releaseFiles(plan, date)) {
      console.log(
        text === null ? `\nremoved: ${path}` : path.endsWith('.md') ? `\n${path}\n\n${text}` : `\nwritten: ${path}`,
      );
    }
  }
  return 0;
}

async function release(git: Git): Promise<number> {
  const branch = await git(['symbolic-ref', '--quiet', '--short', 'HEAD']).catch(() => null);
  if (branch === null) throw new Error('no branch is checked out: a release is a commit on one');
  const remote = await readRemote(git, branch);
  if (flags.push === true && remote === null) throw new Error('there is no remote origin to push to');
  const refusal = await refusalOfState(git, branch, remote);
  if (refusal !== null) throw new Error(refusal);
  const request = { repository: repositoryName(flags.repository, remote?.url ?? null), folders: unitFolders() };
  // Of a release that was interrupted after its commit.
  await tag(await wantedTags(git, request));
  await refuseStale();
  const plan = planReleases(await readFacts(git, flags.base ?? null));
  tell(plan);
  if (plan.refusals.length > 0) return 1;
  if (plan.releases.length > 0) {
    await refuseTaken(plan, remote);
    const message = `release ${plan.releases.map(({ unit, version }) => `${unit.name} ${version}`).join(', ')}\n`;
    const commit = await writeCommit(git, { parent: 'HEAD', files: await releaseFiles(plan, date), message });
    await git(['merge', '--quiet', '--ff-only', commit]);
  }
  const tags = await wantedTags(git, request);
  await tag(tags);
  return remote === null ? 0 : push(branch, tags, remote);
}

async function tag(tags: readonly Tag[]): Promise<void> {
  await writeTags(git, tags);
  for (const { name, commit, was } of tags) {
    if (commit !== was) console.log(`${was === null ? 'tagged' : 'moved'} ${name}: ${commit}`);
  }
}

async function push(branch: string, tags: readonly Tag[], remote: Remote): Promise<number> {
  const words = pushArguments(branch, await git(['rev-parse', 'HEAD']), tags, remote);
  if (words === null) {
    console.log('origin has all of it');
  } else if (flags.push === true) {
    await git(words);
    console.log(`pushed ${branch} and its tags`);
  } else {
    console.log('nothing was pushed; look at it, then run: npm run release -- --push');
  }
  return 0;
}

async function refuseStale(): Promise<void> {
  for (const script of ['generate.ts', 'build.ts']) {
    await exec(process.execPath, [join(root, 'scripts', script), '--check']).catch((error: unknown) => {
      const { stderr } = error as { readonly stderr?: string };
      throw new Error(`scripts/${script} --check: ${stderr?.trim() ?? String(error)}`);
    });
  }
}

async function refuseTaken({ releases }: ReleasePlan, remote: Remote | null): Promise<void> {
  const here = new Set((await git(['tag', '--list'])).split('\n'));
  const taken = releases.filter((planned) => here.has(planned.tag) || remote?.tags.has(planned.tag) === true);
  if (taken.length === 0) return;
  const names = taken.map((planned) => planned.tag).join(', ');
  throw new Error(`there is ${names} already, and a version's tag never moves: put that version into its package.json`);
}

function tell({ releases, refusals, unused }: ReleasePlan): void {
  for (const { unit, level, version } of releases) {
    console.log(`${unit.name} ${unit.version} → ${version} (${level})`);
  }
  if (releases.length === 0 && refusals.length === 0) console.log('nothing to release');
  for (const id of unused) console.log(`.changeset/${id}.md stays: nothing that is released holds what it is about`);
  for (const refusal of refusals) console.error(refusal);
}
