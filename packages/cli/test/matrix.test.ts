import { fileURLToPath } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import test from 'ava';
import { createMatrixAction } from '../src/matrix.ts';

const from = fileURLToPath(new URL('../../featureset/examples', import.meta.url));
const config = fileURLToPath(new URL('../../config/examples/master-centos7.yaml', import.meta.url));

async function run(inputs: Readonly<Record<string, string>>) {
  let written = '';
  const action = createMatrixAction({ cwd: import.meta.dirname, write: (text) => (written += text) });
  const result = await executeAction(action, new Map(Object.entries(inputs)), {
    ...{ clock: systemClock, signal: new AbortController().signal, progress: () => undefined, random: () => 0 },
    log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
    ...{ outDir: import.meta.dirname, cwd: import.meta.dirname, actor: 'test', env: {} },
  });
  return { ...result, written };
}

const axes = {
  from,
  featureset: '001,020',
  release: 'master',
  distro: 'centos9',
  nodes: '1ctlr_1comp',
  environment: 'ovb',
};
const names = ['001', '020'].map((each) => `periodic-tripleo-ci-centos-9-ovb-1ctlr_1comp-featureset${each}-master`);

test('jobs of featureset files, and what a variable is in each', async (t) => {
  const { outcome, outputs, written } = await run({ ...axes, variable: 'test_regex', override: 'tempest_workers=3' });
  t.is(outcome, 'planned');
  t.is(outputs['jobs'], JSON.stringify(names));
  t.is(outputs['warnings'], '');
  t.deepEqual(written.trimEnd().split('\n').slice(-6), [
    `# ${names[0]!}`,
    'test_regex: not set',
    '',
    `# ${names[1]!}`,
    'test_regex: ".*"',
    '  featureset, config/general_config/featureset020.yml:39: ".*"',
  ]);
  t.is(outputs['matrix']?.split('\n').length, 3);
});

test('the jobs of a phase', async (t) => {
  const { outcome, outputs } = await run({ config, phase: 'upstream', format: 'github' });
  t.is(outcome, 'planned');
  const { include } = JSON.parse(outputs['matrix'] ?? '') as { readonly include: readonly { readonly job: string }[] };
  t.deepEqual(JSON.stringify(include.map(({ job }) => job)), outputs['jobs']);
  t.true(include.length > 1);
});

test('the jobs of a phase for Zuul stand between its builds and its plan', async (t) => {
  const { outputs } = await run({ config, phase: 'upstream', format: 'zuul' });
  const text = outputs['matrix'] ?? '';
  t.regex(
    text,
    /^ {4}parent: tagflow-upstream-featureset\n {4}voting: true\n {4}dependencies:\n {6}- tagflow-upstream-hash$/m,
  );
  t.regex(text, /^ {4}name: tagflow-upstream-tests\n {4}tagflow-upstream:$/m);
  t.regex(text, /^ {8}- tagflow-upstream-plan:\n {12}dependencies:\n {14}- tagflow-upstream-hash$/m);
});

const formats: Readonly<Record<string, RegExp>> = {
  json: /\/playbooks\/ovb\.yml"/,
  zuul: /^- job:\n {4}name: periodic-tripleo-ci-centos-9-ovb-1ctlr_1comp-featureset001-master\n {4}parent: base$/m,
  commands: /^\.\/quickstart\.sh --install-deps$/m,
};
for (const [format, says] of Object.entries(formats)) {
  test(`as ${format}`, async (t) => {
    const { outputs } = await run({ ...axes, format, parent: 'base' });
    t.regex(outputs['matrix'] ?? '', says);
  });
}

const refused: Readonly<Record<string, readonly [inputs: Readonly<Record<string, string>>, says: RegExp]>> = {
  'neither from nor config': [{ featureset: '001' }, /give from, or config and phase/],
  'a featureset without a file': [{ ...axes, featureset: '999' }, /featureset999\.yml is not in /],
  'nodes without a file': [{ ...axes, nodes: '9ctlr' }, /config\/nodes\/9ctlr\.yml is not in /],
  'no release': [{ ...axes, release: '' }, /give releases, beside featuresets and distros/],
  'an override that may not be': [{ ...axes, override: 'release=x' }, /release is not overridable/],
  'an override that says nothing': [{ ...axes, override: 'release' }, /"release" is not KEY=VALUE/],
  'a branch': [{ ...axes, commit: 'master' }, /commit "master" is not a commit/],
  'a URL without a commit': [{ ...axes, from: 'https://raw.example/{commit}/{path}' }, /needs a commit/],
};
for (const [name, [inputs, says]] of Object.entries(refused)) {
  test(`${name}: refused`, async (t) => {
    const { outcome, error, problems } = await run(inputs);
    t.is(outcome, 'invalid');
    t.regex([...problems, error?.message ?? ''].join('\n'), says);
  });
}
