import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLab } from '@tagflow/lab';
import test from 'ava';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

test('several --config run several releases side by side, each against its own servers', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-releases-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const self = [process.execPath, main];
  const labs = await Promise.all(
    ['one', 'two'].map((seed) => startLab({ seed, self, containers: 2, imageBytes: 1 << 16 })),
  );
  const configs = await Promise.all(
    labs.map(async (lab, index) => {
      t.teardown(() => lab.close());
      const file = join(folder, `${index}.yaml`);
      await writeFile(file, lab.config());
      return file;
    }),
  );
  // One docker config for both registries, as a job of a CI system would have it.
  const auths = Object.fromEntries(
    labs.map(({ docker }) => [docker.host, { auth: Buffer.from('tripleo:docker-pass').toString('base64') }]),
  );
  const env = {
    ...process.env,
    DLRN_PASSWORD: labs[0]?.dlrn.password,
    REGISTRY_AUTH: JSON.stringify({ auths }),
  };
  const flags = ['--password-env', 'DLRN_PASSWORD', '--registry-auth-env', 'REGISTRY_AUTH'];
  const args = [main, 'run', 'upstream', ...configs.flatMap((file) => ['--config', file]), ...flags];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { outcome, outputs } = JSON.parse(stdout) as {
    readonly outcome: string;
    readonly outputs: { readonly phases: string };
  };
  t.is(outcome, 'done');
  const phases = JSON.parse(outputs.phases) as readonly { readonly phase: string; readonly fullHash: string }[];
  t.deepEqual(
    phases.map(({ phase }) => phase),
    ['upstream', 'upstream'],
  );
  for (const [index, lab] of labs.entries()) {
    const answer = await fetch(`${lab.dlrn.reposUrl}/current-tripleo/delorean.repo`);
    t.true((await answer.text()).includes(phases[index]?.fullHash ?? 'no hash'), `release ${index}`);
  }
});
