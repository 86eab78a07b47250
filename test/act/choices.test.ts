import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Lab } from '@tagflow/lab';
import { parse, stringify } from 'yaml';
import { labSecrets, runAct } from '../../scripts/run-act.ts';
import { root } from '../../scripts/workspaces.ts';
import { readWorkflow } from '../../scripts/act-choices.ts';
import { annotations, promotionOutcome, startActLab } from './act-lab.ts';

// act, unlike GitHub, checks neither choices nor required secrets: the actions have to.

let lab: Lab;

test.before(async () => {
  lab = await startActLab();
});
test.after.always(() => lab.close());

const workflow = 'phase-upstream.yml';
const written = (): unknown => [
  lab.dlrn.state.promotions.length,
  lab.dlrn.state.votes.length,
  lab.docker.repositories(),
];

interface Refusal {
  readonly what: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** `job step`. */
  readonly where: string;
  readonly says: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'a phase that does not exist',
    inputs: { phase: 'upsteam' },
    where: 'hash hash',
    says: /phase "upsteam".*upstream, rdo-phase-1, rdo-phase-2, osp-phase-0/,
  },
  {
    what: 'a configuration that does not exist',
    inputs: { config: 'no-such.yaml' },
    where: 'hash hash',
    says: /config .*no-such\.yaml cannot be read/,
  },
  {
    what: 'a hash that is none',
    inputs: { 'full-hash': 'current-tripleo' },
    where: 'hash hash',
    says: /full-hash "current-tripleo" is not a hash: expected/,
  },
];

for (const { what, inputs, where, says } of refusals) {
  test(`${what} is invalid, says what is allowed, and nothing is written`, async (t) => {
    const before = written();
    const run = await runAct({ lab, workflow, inputs });
    t.is(run.exitCode, 1);
    t.is(run.outputs.get(`${where}.outcome`), 'invalid');
    t.regex(annotations(run)[0] ?? '', says);
    t.deepEqual(written(), before);
    t.is(promotionOutcome(run), undefined, 'it did not come to that');
  });
}

test('a mode that does not exist is invalid, says what is allowed, and nothing is written', async (t) => {
  const before = written();
  const steps = `    steps:
      - uses: actions/checkout@v4
      - { id: move, uses: ./actions/promote-symlink, with: { config: '${lab.root}/tagflow.yaml', mode: promot } }`;
  const text = `on: workflow_dispatch\njobs:\n  own:\n    runs-on: ubuntu-24.04\n${steps}\n`;
  const run = await runAct({ lab, workflow: 'own.yml', files: new Map([['.github/workflows/own.yml', text]]) });
  t.is(run.outputs.get('own move.outcome'), 'invalid');
  t.regex(annotations(run)[0] ?? '', /input "mode".*"promot".*promote/);
  t.deepEqual(written(), before);
});

test('a ledger that dies with its runner is invalid, unless the file says what keeps runs apart', async (t) => {
  const before = written();
  const config = { ...(parse(lab.config()) as object), ledger: { url: 'sqlite:.tagflow/ledger.db', lock: 'lease' } };
  const files = new Map([['tagflow.yaml', stringify(config)]]);
  const run = await runAct({ lab, workflow, files, inputs: { config: 'tagflow.yaml' }, job: 'pin' });
  t.is(run.outputs.get('pin pin.outcome'), 'invalid');
  t.regex(annotations(run)[0] ?? '', /ledger/);
  t.deepEqual(written(), before);
});

// What GitHub tells a run of a fork: no secrets, and whose repository it is.
const fork = { repository: { fork: true, full_name: 'somebody/tagflow', default_branch: 'main' } };

for (const [what, payload] of [
  ['in this repository', undefined],
  ['in a fork', fork],
] as const) {
  test(`a missing secret, ${what}: invalid, and the sentence names the input`, async (t) => {
    const before = written();
    const { DLRN_PASSWORD: _, ...secrets } = await labSecrets(lab);
    const run = await runAct({
      ...{ lab, workflow, secrets: payload === undefined ? secrets : {} },
      ...(payload === undefined ? {} : { payload }),
    });
    t.is(run.exitCode, 1);
    t.is(run.outputs.get('pin pin.outcome'), 'invalid');
    t.regex(annotations(run)[0] ?? '', /password/);
    t.deepEqual(written(), before, 'nothing was written');
    t.false(run.jobs.has('test'), 'and nothing was tested');
  });
}

test('the timer does nothing in a fork, which has no variables either', async (t) => {
  const run = await runAct({ lab, workflow: 'promotion.yml', event: 'schedule', payload: fork, secrets: {} });
  t.is(run.exitCode, 0);
  t.deepEqual([...run.jobs], []);
});

test('what a pull request can start has no secrets', async (t) => {
  const files = readdirSync(join(root, '.github/workflows'));
  const started = files.filter((file) => JSON.stringify(readWorkflow(file).on).includes('pull_request'));
  t.deepEqual(started, ['ci.yml']);
  for (const file of started) {
    const text = JSON.stringify(readWorkflow(file));
    t.notRegex(text, /secrets\.|pull_request_target|secrets":"inherit/, file);
  }
  const run = await runAct({ lab, workflow, event: 'pull_request', payload: { ...fork, pull_request: {} } });
  t.deepEqual([...run.jobs], [], 'a phase is not started by one');
});
