import type { ExecutionContext } from 'ava';
import { type LabGithubRun, startLabGithub } from '@tagflow/lab';
import { createGithubCi } from '../src/github/github-ci.ts';
import { polledRig, rigStage } from './lab-rig.ts';
import { testEffects } from './remote-ci-world.ts';
import { type Rig, runnerSuite } from './runner-suite.ts';

async function githubRig(t: ExecutionContext): Promise<Rig> {
  // GitHub shows the log of a job that is over, so the lines are those of a first one.
  const printed = (run: LabGithubRun): void => run.nextJob();
  const stage = rigStage<LabGithubRun>('key', { success: 'success', failure: 'failure' }, printed);
  const own = { repository: 'rdo/tests', token: 'secret' };
  const workflows = { 'test.yml': ['key', 'full-hash'] };
  const lab = await startLabGithub({ ...own, workflows, artifact: 'junit', run: stage.play });
  t.teardown(lab.close);
  const config = {
    ...{ url: lab.url, plainHttp: false, repository: 'rdo/tests', workflow: 'test.yml', ref: 'main' },
    ...{ inputs: { 'full-hash': '{full-hash}' }, keyInput: 'key', reports: 'junit' },
  };
  return polledRig(await createGithubCi({ config, token: 'secret', effects: testEffects() }), stage, {
    failureReason: /^it ended with failure at GitHub at http/,
    url: /\/rdo\/tests\/actions\/runs\/1000$/,
    lose: () => void lab.runs.splice(0),
  });
}

runnerSuite('GitHub', githubRig);
