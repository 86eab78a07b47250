import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import anyTest, { type TestFn } from 'ava';
import { type LabWorld, promoteArgs, runArgs } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { readTruth } from '../pipelines/truth.ts';
import { cases, type Place, secrets } from './bad-input-cases.ts';
import { allOn, everything, hasty, label, startPair } from './scenario.ts';

const test = anyTest as TestFn<Place & { readonly close: () => Promise<void> }>;

test.before(async (t) => {
  const html = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome</h1></body></html>');
  });
  await new Promise<void>((resolve) => html.listen(0, '127.0.0.1', resolve));
  const htmlUrl = `http://127.0.0.1:${(html.address() as AddressInfo).port}`;
  const pair = await startPair();
  // What a build leaves: the candidate's containers and images follow its label.
  await pair.world.act(promoteSymlink, { phase: 'upstream', mode: 'follow', 'full-hash': pair.candidate });
  const close = async (): Promise<void> => {
    await new Promise((resolve) => html.close(resolve));
    await pair.world.close();
  };
  t.context = { ...pair, htmlUrl, close };
});
test.after.always((t) => t.context.close?.());

for (const { outcome, title, action, says, inputs, edit, env } of cases) {
  test.serial(`${outcome}: ${title}`, async (t) => {
    const { world } = t.context;
    const before = await everything(world);
    const config = edit === null ? {} : { config: await world.writeConfig((tree) => edit(tree, t.context)) };
    const given = typeof inputs === 'function' ? inputs(t.context) : inputs;
    const result = await world.act(action, { ...config, ...given }, { clock: hasty, env });
    t.is(result.outcome, outcome, result.message);
    t.regex(result.message ?? '', says);
    for (const secret of Object.values(secrets)) t.false(JSON.stringify(result).includes(secret), secret);
    t.deepEqual(await everything(world), before);
  });
}

test.serial('invalid: an empty list of containers', async (t) => {
  const { world, candidate } = t.context;
  const before = await everything(world);
  const containers = join(await world.folder(), 'containers-built.log');
  for (const text of ['', '\n\n']) {
    await writeFile(containers, text);
    const pushed = await world.act(tagAndPush, { phase: 'upstream', 'full-hash': candidate, containers });
    t.is(pushed.outcome, 'invalid', pushed.message);
    t.regex(pushed.message ?? '', /containers-built\.log names no container/);
  }
  t.deepEqual(await everything(world), before);
});

type Command = readonly [title: string, exit: number, says: RegExp, args: (world: LabWorld) => readonly string[]];

/** The same from outside: an exit code, one JSON object, a sentence for people. */
const commands: readonly Command[] = [
  ['unknown phase', 2, /no phase "upsteam".*did you mean upstream/, (world) => runArgs(world, 'upsteam')],
  ['malformed hash', 2, /"abc" is not a hash/, (world) => [...runArgs(world, 'rdo-phase-1'), '--full-hash', 'abc']],
  ['no such file', 2, /no-such\.yaml/, () => ['run', '--config', 'no-such.yaml']],
  ['wrong password', 1, /401/, (world) => wrongPassword(runArgs(world, 'upstream'))],
  ['wrong password', 1, /nothing was moved.*401/, (world) => wrongPassword(promoteArgs(world, 'promote'))],
  [
    'no password',
    2,
    /"password" is missing/,
    ({ config }) => ['promote-symlink', '--config', config, '--phase=upstream'],
  ],
  [
    'a variable that is not set',
    2,
    /NO_SUCH/,
    ({ config }) => ['run', '--config', config, '--password-env', 'NO_SUCH'],
  ],
  [
    'a password on the command line',
    2,
    /"password" is a secret/,
    ({ config }) => ['run', '--config', config, '--password', secrets.dlrn],
  ],
];

for (const [index, [title, exit, says, args]] of commands.entries()) {
  test.serial(`exit ${exit}: command ${index + 1}, ${title}`, async (t) => {
    const { world } = t.context;
    const before = await everything(world);
    const ended = await world.run(args(world), { WRONG_PASSWORD: secrets.dlrn });
    t.is(ended.exitCode, exit, ended.stderr);
    t.regex(answerOf(ended).error?.message ?? '', says);
    t.regex(ended.stderr, says, 'people can read it too');
    t.false(`${ended.stderr}${ended.stdout}`.includes(secrets.dlrn), 'the password is not repeated');
    t.deepEqual(await everything(world), before);
  });
}

test.serial(
  'nothing was lost: the candidate is promoted, on a throw-away runner too where the CI system is the lock',
  async (t) => {
    const { world, promoted, candidate } = t.context;
    const config = await world.writeConfig((tree) => {
      tree['ledger'] = { url: 'sqlite:ledger.db', lock: 'ci' };
    });
    const result = await world.act(promoteSymlink, { phase: 'upstream', config }, { env: { CI: 'true' } });
    t.is(result.outcome, 'done', result.message);
    t.deepEqual(await readTruth(world.lab, label), allOn(candidate));
    t.deepEqual(await readTruth(world.lab, `previous-${label}`), allOn(promoted));
  },
);

function wrongPassword(args: readonly string[]): readonly string[] {
  return args.map((word) => (word === 'DLRN_PASSWORD' ? 'WRONG_PASSWORD' : word));
}

// The last one: it moves the pin.
test.serial('failed: a set without containers and images is never promoted, not even without criteria', async (t) => {
  const { world } = t.context;
  // Built by DLRN and pinned, and that is all.
  const hash = fullHashOfCommit(world.lab.builder.build());
  const pinned = await world.act(promoteSymlink, { phase: 'upstream', 'full-hash': hash, mode: 'pin' });
  t.is(pinned.outcome, 'done', pinned.message);
  const before = await everything(world);
  const result = await world.act(promoteSymlink, { phase: 'upstream', 'full-hash': hash, criteria: 'none' });
  t.is(result.outcome, 'failed', result.message);
  t.regex(result.message ?? '', /has no containers and no images, and an empty set is never promoted/);
  t.deepEqual(await everything(world), before);
});
