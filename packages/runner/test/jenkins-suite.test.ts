import type { ExecutionContext } from 'ava';
import { type LabCiRun, startLabJenkins } from '@tagflow/lab';
import { createJenkinsCi } from '../src/jenkins/jenkins-ci.ts';
import { polledRig, rigStage } from './lab-rig.ts';
import { testEffects } from './remote-ci-world.ts';
import { type Rig, runnerSuite } from './runner-suite.ts';

async function jenkinsRig(t: ExecutionContext): Promise<Rig> {
  const stage = rigStage<LabCiRun>('key', { success: 'SUCCESS', failure: 'FAILURE' });
  const lab = await startLabJenkins({ jobs: { 'rdo/test': ['key', 'hash'] }, run: stage.play });
  t.teardown(lab.close);
  const own = { job: 'rdo/test', parameters: { hash: '{full-hash}' }, keyParameter: 'key', reports: ['*.xml'] };
  const config = { ...own, url: lab.url, plainHttp: false, username: null };
  return polledRig(createJenkinsCi({ config, token: null, effects: testEffects() }), stage, {
    failureReason: /^it ended with FAILURE at Jenkins at http/,
    url: /\/(?:job\/rdo\/job\/test\/1|queue\/item\/1)\/$/,
    lose: () => lab.restart(),
  });
}

runnerSuite('Jenkins', jenkinsRig);
