import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { executeAction, systemClock } from '@tagflow/action-kit';
import test, { type ExecutionContext } from 'ava';
import { createReasonsAction } from '../src/reasons.ts';

const log = `TASK [Pull the images]
fatal: [undercloud]: FAILED! => {"rc": 1}
Error response from daemon: toomanyrequests: You have reached your pull rate limit.
Error response from daemon: toomanyrequests: You have reached your pull rate limit.
our own trouble
`;

const own = `- name: own
  pattern: our own trouble
  reason: It is our own.
  kind: product
  severity: 3
  bug: https://bugs.example.org/7
`;

async function bench(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-reasons-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const run = async (texts: Readonly<Record<string, string>>) => {
    let said = '';
    const stdin = async function* () {
      yield Buffer.from(log);
    };
    const action = createReasonsAction({ cwd: folder, write: (text) => (said += text), stdin });
    const result = await executeAction(action, new Map(Object.entries(texts)), {
      ...{ env: {}, cwd: folder, clock: systemClock, outDir: folder, actor: 'test', random: () => 0.5 },
      ...{ signal: new AbortController().signal, log: { debug() {}, info() {}, warning() {} }, progress() {} },
    });
    return { ...result, said };
  };
  return { folder, run };
}

test('reasons tells what a log says, on stderr for a person and as JSON', async (t) => {
  const { run } = await bench(t);
  const { outcome, outputs, said } = await run({ log: '-' });
  t.is(outcome, 'done');
  t.is(
    said,
    `first: An Ansible task failed. (product)
  stdin:2: fatal: [undercloud]: FAILED! => {"rc": 1}
worst: The registry refuses more pulls for now. (infra)
  stdin:3: Error response from daemon: toomanyrequests: You have reached your pull rate limit.

lines  severity  kind     pattern
    2         3  infra    registry-pull-limit  The registry refuses more pulls for now.
    1         1  product  ansible-failed       An Ansible task failed.
`,
  );
  const { reasons, ...rest } = outputs;
  t.deepEqual(rest, {
    ...{ first: 'ansible-failed', worst: 'registry-pull-limit', kind: 'infra', 'is-infrastructure': 'true' },
  });
  const data = JSON.parse(reasons ?? '') as { readonly hits: readonly { readonly lines: number }[] };
  t.deepEqual(
    data.hits.map(({ lines }) => lines),
    [1, 2],
  );
});

test('patterns of your own come first, and a folder is read with what is packed in it', async (t) => {
  const { folder, run } = await bench(t);
  await mkdir(join(folder, 'job', 'logs'), { recursive: true });
  await writeFile(join(folder, 'own.yaml'), own);
  await writeFile(join(folder, 'job', 'job.log'), 'all is well\n');
  await writeFile(join(folder, 'job', 'logs', 'console.log.gz'), gzipSync(log));
  await writeFile(join(folder, 'job', 'core'), Buffer.alloc(10));
  const { outputs, said, message } = await run({ log: 'job', patterns: 'own.yaml' });
  t.deepEqual([outputs['worst'], outputs['is-infrastructure']], ['own', 'false']);
  t.regex(
    said,
    /^worst: It is our own\. \(product\) https:\/\/bugs\.example\.org\/7\n {2}logs\/console\.log\.gz:5: our/m,
  );
  t.regex(said, /^not read: core: it is not a text$/m);
  t.is(message, 'It is our own. (product, logs/console.log.gz:5); 3 patterns matched in 3 files, 0.0 MB');
  t.is((await run({ log: 'job/job.log' })).message, 'no pattern matched in 1 file, 0.0 MB');
});

test('the patterns can be written into a file, which is then a pattern file', async (t) => {
  const { folder, run } = await bench(t);
  await writeFile(join(folder, 'own.yaml'), own);
  const listed = await run({ list: 'true', patterns: 'own.yaml', to: 'all.yaml' });
  t.deepEqual([listed.outcome, listed.outputs], ['done', { list: join(folder, 'all.yaml') }]);
  const text = await readFile(join(folder, 'all.yaml'), 'utf8');
  t.true(text.startsWith("- name: own\n  pattern: 'our own trouble'\n"));
  t.is((await run({ list: 'true', patterns: 'all.yaml' })).said, text);
});

test('what cannot be read is refused by its name', async (t) => {
  const { folder, run } = await bench(t);
  await writeFile(join(folder, 'bad.yaml'), own.replace('severity: 3', 'severity: high'));
  for (const [texts, why] of [
    [{}, /no log is named: tagflow reasons FILE\|FOLDER\|-/],
    [{ log: 'none.log' }, /input "log": \S+none\.log is not there/],
    [{ log: '-', patterns: 'none.yaml' }, /input "patterns": \S+none\.yaml is not there/],
    [{ log: '-', patterns: 'bad.yaml' }, /bad\.yaml:5:13: severity: "high" is none of 1, 2, 3/],
  ] as const) {
    const { outcome, error } = await run(texts);
    t.is(outcome, 'invalid');
    t.regex(JSON.stringify(error).replaceAll('\\"', '"'), why);
  }
});
