import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse, stringify } from 'yaml';
import { labSecrets, runAct } from '../../scripts/run-act.ts';
import { subtree } from '../pipelines/lab-world.ts';
import { startActLab } from './act-lab.ts';

// Runners hide a secret where it stands as it is, and act none that has several lines. Here a server, a builder and the
// test jobs say all that they could know, in every form.

/** Returns the forms in which a secret could be seen: name → text. */
function formsOf(secret: string): ReadonlyMap<string, string> {
  const lines = secret.split('\n').filter((line) => line.length > 8);
  return new Map(
    [...new Set([secret.trim(), ...lines])].flatMap((text, index) => [
      [`text ${index}`, text],
      [`base64 ${index}`, Buffer.from(text).toString('base64')],
      [`base64url ${index}`, Buffer.from(text).toString('base64url')],
      [`percent ${index}`, encodeURIComponent(text)],
      [`json ${index}`, JSON.stringify(text).slice(1, -1)],
    ]),
  );
}

test('no secret is printed, in none of its forms, whoever says it', async (t) => {
  const lab = await startActLab({ sftp: true });
  t.teardown(() => lab.close());
  const own = await labSecrets(lab);
  const secrets = {
    ...own,
    REGISTRY_AUTH: JSON.stringify(JSON.parse(own['REGISTRY_AUTH'] ?? ''), null, 2),
    RUNNER_TOKEN: 'runner/token+of=twenty&more',
    NODES_AUTH: 'first line of the nodes\nsecond line: "quoted" & more\n',
  };
  t.true(secrets.REGISTRY_AUTH.includes('\n') && `${own['SSH_KEY']}`.trim().includes('\n'));
  const told = async (file: string, names: readonly (keyof typeof secrets | 'SSH_KEY')[]): Promise<string> => {
    const lines = names.flatMap((name) =>
      [...formsOf(`${(secrets as Record<string, string>)[name]}`)].map(([form, text]) => `${name} ${form}: ${text}`),
    );
    await writeFile(join(lab.root, file), `${lines.join('\n')}\n`);
    return join(lab.root, file);
  };
  const toBuilder = await told('builder.txt', ['REGISTRY_AUTH']);
  const toJobs = await told('jobs.txt', ['SSH_KEY', 'RUNNER_TOKEN', 'NODES_AUTH']);

  const config: unknown = parse(lab.config());
  const test = subtree(config, 'phases', 'upstream', 'test');
  test['command'] = ['sh', '-c', `cat '${toJobs}'; exec "$@"`, 'sh', ...(test['command'] as string[])];
  const images = subtree(config, 'phases', 'upstream', 'build', 'images');
  images['command'] = ['sh', '-c', `cat '${toBuilder}'; exec "$@"`, 'sh', ...(images['command'] as string[])];
  const password = formsOf(`${own['DLRN_PASSWORD']}`);
  const body = JSON.stringify({ message: [...password].map(([form, text]) => `DLRN_PASSWORD ${form}: ${text}`) });
  lab.dlrn.setFaults(({ path }) =>
    path === '/api/report_result' ? { status: 400, body, contentType: 'application/json' } : undefined,
  );

  const run = await runAct({
    ...{ lab, workflow: 'phase-upstream.yml', secrets, job: 'vote' },
    files: new Map([['tagflow.yaml', stringify(config)]]),
    inputs: { config: 'tagflow.yaml', 'known-hosts': lab.env()['TAGFLOW_KNOWN_HOSTS'] ?? '' },
  });
  // All of them were said.
  for (const said of ['DLRN_PASSWORD base64 0: ***', 'SSH_KEY text 1: ***', 'NODES_AUTH percent 2: ***']) {
    t.true(run.text.includes(said), said);
  }
  t.regex(run.text, /REGISTRY_AUTH base64 1: \S*\*\*\*/);
  t.true(run.text.includes('RUNNER_TOKEN percent 0: ***'));
  const logs = await readAll(join(lab.root, 'logs'));
  t.true(logs.includes('SSH_KEY text 1: ***'), 'logs that are published have it too');
  for (const [name, secret] of Object.entries(secrets)) {
    for (const [form, text] of formsOf(secret)) {
      t.is(run.text.indexOf(text), -1, `${name} ${form} is printed`);
      t.is(logs.indexOf(text), -1, `${name} ${form} is in the logs`);
    }
  }
});

test('what tested code leaves on its machine does not reach the vote', async (t) => {
  const lab = await startActLab({ sftp: true });
  t.teardown(() => lab.close());
  const config: unknown = parse(lab.config());
  const tested = subtree(config, 'phases', 'upstream', 'test');
  const changed = join(lab.root, 'changed');
  const attack = `echo 'console.log(6 * 7, "it is mine")' > dist/report-result.js && touch '${changed}'`;
  tested['command'] = ['sh', '-c', `${attack}; exec "$@"`, 'sh', ...(tested['command'] as string[])];
  const run = await runAct({
    ...{ lab, workflow: 'phase-upstream.yml', job: 'vote' },
    files: new Map([['tagflow.yaml', stringify(config)]]),
    inputs: { config: 'tagflow.yaml', 'known-hosts': lab.env()['TAGFLOW_KNOWN_HOSTS'] ?? '' },
  });
  t.is(await readFile(changed, 'utf8'), '', 'the tests did change it');
  t.false(run.text.includes('42 it is mine'));
  t.is(run.exitCode, 0);
  t.true(lab.dlrn.state.votes.filter(({ user }) => user === lab.dlrn.username).length > 0);
});

async function readAll(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}
