import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '@tagflow/action-kit';
import { loadConfig } from '@tagflow/config';
import { buildContainers, buildImages, containerNames, createRandom } from '@tagflow/lab';
import test from 'ava';
import { parse } from 'yaml';
import { blocks, commandsOf, runHere, textOf } from './docs-page.ts';
import { list, type Node, object, readWorkflow, text } from './phase-workflow.ts';
import { buildCommit, startLabWorld } from './pipelines/lab-world.ts';

// docs/your-own-systems.md, as its reader follows it, with a lab's servers in the place of the reader's: the very file of
// the page with other URLs, and every command in its order.

const page = 'your-own-systems.md';
const [configText = '', workflowText = ''] = blocks(page, 'yaml');
const commands = commandsOf(page).flatMap((block) => block.split('\n'));

/** How each command ends, in the order of the page. */
const ends = [...['done', 'done', 'done', 'done', 'planned', 'done'], ...['done', 'done', 'done', 'planned', 'done']];

test(`docs/${page}: every command does what the page says, with the file of the page`, async (t) => {
  const world = await startLabWorld({ sftp: true });
  t.teardown(() => world.close());
  const { lab } = world;
  const real: Readonly<Record<string, string>> = {
    'https://dlrn.example.org/api-centos9-master': lab.dlrn.apiUrl,
    'https://dlrn.example.org/centos9-master': lab.dlrn.reposUrl,
    'https://registry.example.org': lab.rdo.url,
    'sftp://uploader@images.example.org/var/www/images': lab.sftp?.url ?? '',
    'https://images.example.org': lab.images.url,
    'username: promoter': `username: ${lab.dlrn.username}`,
    // Read from the folder of the process, which is that of the tests here.
    '--containers ': `--containers ${lab.root}/`,
  };
  const inLab = (shown: string): string =>
    Object.entries(real).reduce((changed, [from, to]) => changed.replaceAll(from, to), shown);
  await writeFile(world.config, inLab(configText));
  await t.notThrowsAsync(loadConfig(world.config));

  // What the reader's own CI does.
  const fullHash = await buildCommit(lab);
  const work = { fullHash, signal: new AbortController().signal, write: () => undefined };
  const names = containerNames(4);
  const registry = { registryUrl: `${lab.rdo.url}/master`, namePattern: 'openstack-{name}' };
  await buildContainers({ ...work, ...registry, names, outDir: lab.root });
  const built = join(lab.root, 'built');
  await mkdir(built, { recursive: true });
  await buildImages({ ...work, outDir: built, files: ['overcloud-full.tar'], sizeBytes: 1 << 16 });
  await writeFile(join(lab.root, 'known_hosts'), lab.sftp?.hostKey ?? '');

  const clock = { now: lab.clock.now, sleep: systemClock.sleep };
  const random = createRandom('own').next;
  const env = {
    ...{ ...world.env, RUNNER_TEMP: lab.root, HASH: fullHash, BUILT: pathToFileURL(built).href },
    KEY: world.env['TAGFLOW_SSH_KEY_FILE'] ?? '',
  };
  t.is(commands.length, ends.length);
  for (const [index, command] of commands.entries()) {
    const { signal } = new AbortController();
    const io = { clock, random, signal, cwd: lab.root, actor: 'cli:ruck@laptop', env };
    const { outcome, outputs, said } = await runHere(inLab(command), io);
    t.is(outcome, ends[index] ?? '', `${command}\n${said}`);
    if (index === 0) t.is(outputs['full-hash'], fullHash);
  }
  const { outputs } = await runHere('npx tagflow show current-tripleo --config tagflow.yaml', {
    ...{ clock, random, signal: new AbortController().signal, cwd: lab.root, actor: 'cli:ruck@laptop', env },
  });
  t.is(outputs['full-hash'], fullHash);
});

test(`docs/${page}: the workflow gives the called one what it takes, and rights enough`, (t) => {
  const job = object(object(object(parse(workflowText), page)['jobs'], page)['upstream'], page);
  const called = readWorkflow(text(job['uses'], page).replace('./.github/workflows/', ''));
  const call = object(object(called['on'], page)['workflow_call'], page);
  const inputs = object(call['inputs'], page);
  t.deepEqual(unknown(object(job['with'], page), inputs), []);
  const secrets = object(call['secrets'], page);
  t.deepEqual(unknown(object(job['secrets'], page), secrets), []);
  const required = Object.entries(secrets).filter(([, secret]) => object(secret, page)['required'] === true);
  for (const [name] of required) t.true(name in object(job['secrets'], page), name);
  const given = object(job['permissions'], page);
  for (const [id, step] of Object.entries(object(called['jobs'], page))) {
    for (const [right, level] of Object.entries(object(object(step, id)['permissions'], id)))
      t.true(given[right] === level || given[right] === 'write', `${id}: ${right}`);
  }
  t.is(object(inputs['environment'], page)['default'], '{0}');
});

test(`docs/${page}: the variables and the workflow that it names are there`, (t) => {
  const promotion = JSON.stringify(readWorkflow('promotion.yml'));
  for (const name of ['TAGFLOW_CONFIGS', 'TAGFLOW_KNOWN_HOSTS']) {
    t.true(promotion.includes(`vars.${name}`) && textOf(page).includes(`\`${name}\``), name);
  }
  t.true(list(object(readWorkflow('promotion.yml')['on'], page)['schedule'], page).length > 0);
});

function unknown(given: Node, known: Node): readonly string[] {
  return Object.keys(given).filter((name) => !(name in known));
}
