import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { root } from '../../scripts/workspaces.ts';
import { calledIn, resultOf, writeProgram } from './role-program.ts';
import { kept, makeRig, type Rig } from './role-rig.ts';

// roles/promotion-action by a real ansible-playbook with Zuul's own plugins, without Zuul.

const test = anyTest as TestFn<{ readonly rig: Rig }>;
test.beforeEach(async (t) => {
  t.context = { rig: await makeRig() };
});
test.afterEach.always((t) => t.context.rig.close());

const secret = 'hunter2-{{ 7 * 7 }}-$HOME "q"';
const common = (t: ExecutionContext<{ readonly rig: Rig }>, outputs = {}) => ({
  promotion_tagflow: writeProgram(t.context.rig.folder, outputs),
  promotion_result: 'result',
});

/** Everything that is left of a job where it worked: no folder of its own may be there. */
const left = (rig: Rig): readonly string[] => readdirSync(rig.work).filter((name) => name.startsWith('.tagflow'));

test.serial('inputs reach the action to the letter, secrets as private files that are gone afterwards', async (t) => {
  const { rig } = t.context;
  const inputs = {
    reason: `it's "quoted" {{ lookup('pipe', 'id') }} {% raw %} $HOME \${HOME} %s \\n \`id\``,
    set: 'one\ntwo',
    notes: '--password-file=/etc/passwd',
    label: '-dash',
    zahl: '007',
    ...{ empty: '', json: '{"a": [1, true]}' },
  };
  const seen: string[] = [];
  const ran = await rig.run({
    vars: { ...common(t), promotion_action: 'slow' },
    secrets: {
      promotion_inputs: inputs,
      promotion_secrets: { password: secret, 'registry-auth': '{"auths": {"é": 1}}', 'ssh-key': '' },
    },
    whileRunning: (pid) => watch(pid, seen),
  });
  t.is(ran.code, 0, ran.log);
  const { flags, files } = calledIn(ran);
  const { 'out-dir': _, 'password-file': passwordFile, 'registry-auth-file': __, config, ...own } = flags;
  const { empty, ...given } = inputs;
  t.deepEqual(own, given);
  t.is(config, 'tagflow.yaml');
  t.deepEqual(files['password-file'], { text: secret, mode: '600' });
  t.is(files['registry-auth-file']?.text, '{"auths": {"é": 1}}', 'what looks like JSON stays as it is');

  t.true(
    seen.some((line) => line.includes(passwordFile ?? 'none')),
    'the command line was looked at',
  );
  for (const text of [...seen, ran.log, kept(rig, 'tagflow/slow/result.json')?.replaceAll('\\', '') ?? ''].filter(
    (each) => !each.includes('"called"'),
  )) {
    t.false(text.includes('hunter2'), text);
  }
  t.true(ran.log.includes('progress of slow'));
  t.deepEqual(left(rig), []);
  t.false(existsSync(passwordFile ?? ''));
});

const bad: Readonly<Record<string, RegExp>> = {
  blocked: /blocked \(blocked\) ended as blocked: two votes are missing\\nNext: Wait for them\./,
  silent: /silent \(silent\) ended as half-done: it ended with exit code 0 and said nothing that can be read/,
  killed: /killed \(killed\) ended as half-done: it ended with exit code (?:-9|137) and said nothing/,
};
for (const [action, says] of Object.entries(bad)) {
  test.serial(
    `an outcome that is no success fails the job with its reason, after results were returned: ${action}`,
    async (t) => {
      const { rig } = t.context;
      const steps = [action, 'never', 'always'].map((id) => ({
        id,
        action: id,
        inputs: {},
        ...(id === 'always' ? { always: true } : {}),
      }));
      const ran = await rig.run({
        vars: { ...common(t), promotion_steps: steps },
        secrets: { promotion_secrets: { password: secret } },
      });
      t.is(ran.code, 2);
      const [, last = ''] = /TASK \[promotion-action : Say why it is no success\][^\n]*\n(.*)/s.exec(ran.log) ?? [];
      t.regex(last, says);
      t.is(resultOf(ran)?.outcome, action === 'blocked' ? 'blocked' : 'half-done');
      t.is(calledIn(ran).action, 'always', 'a step that always runs ran, and the other one did not');
      t.is(kept(rig, 'tagflow/never/result.json'), null);
      t.deepEqual(left(rig), []);
      t.false(ran.log.includes('hunter2'));
    },
  );
}

test.serial('a set of 150 containers, and what a server said in templates, pass from job to job', async (t) => {
  const { rig } = t.context;
  const trap = join(rig.folder, 'trap');
  const hostile = `{{ lookup('pipe', 'touch ${trap}') }}`;
  const containers = Array.from({ length: 150 }, (_, index) => ({
    name: `container-${String(index)} ${hostile}`,
    digest: `sha256:${createHash('sha256').update(String(index)).digest('hex')}`,
  }));
  const set = JSON.stringify({ containers }, null, 2);
  const first = await rig.run({
    vars: { ...common(t, { set, verdict: hostile, plain: 'yes' }), promotion_action: 'make' },
  });
  t.is(first.code, 0, first.log);
  t.is(resultOf(first)?.outputs['plain'], 'yes');
  t.deepEqual(
    first.data.zuul?.artifacts?.map(({ url }) => url),
    ['tagflow/make/set.json'],
  );
  t.is(kept(rig, 'tagflow/make/set.json'), set);

  const second = await rig.run({
    vars: {
      ...common(t),
      earlier: resultOf(first),
      promotion_needs: { containers: '{{ earlier | default({}) }}', images: '{{ not_there | default({}) }}' },
      promotion_steps: [
        {
          id: 'use',
          action: 'use',
          inputs: {
            set: { sets: ['containers', 'images'] },
            verdict: { job: 'containers', output: 'verdict' },
            label: {
              firstOf: [
                { job: 'images', output: 'plain' },
                { job: 'containers', output: 'plain' },
              ],
            },
            'full-hash': { job: 'images', output: 'full-hash' },
          },
        },
      ],
    },
  });
  t.is(second.code, 0, second.log);
  const { flags, files } = calledIn(second);
  t.is(files['set']?.text, set);
  t.is(flags['verdict'], hostile);
  t.is(flags['label'], 'yes');
  t.false('full-hash' in flags);
  t.false(existsSync(trap), 'no template was evaluated');
});

test.serial('a file that results cannot carry is no failure until somebody needs it', async (t) => {
  const set = createHash('sha512').update('x').digest('hex').repeat(4);
  const first = await t.context.rig.run({
    vars: { ...common(t, { set }), promotion_action: 'make', promotion_result_limit: 50 },
  });
  t.is(first.code, 0, first.log);
  t.is(resultOf(first)?.files['set']?.size, set.length);
  const second = await t.context.rig.run({
    vars: {
      ...common(t),
      promotion_needs: { made: resultOf(first) },
      promotion_action: 'use',
      promotion_inputs: { set: { job: 'made', output: 'set' } },
    },
  });
  t.is(second.code, 2);
  t.regex(
    second.log,
    /ended as invalid: the job made made set\.json with 512 bytes, which is more than results carry: raise promotion_result_limit there/,
  );
});

test.serial('jobs that wait are chosen by what the job found out', async (t) => {
  const children = {
    promote: { output: 'outcome', is: ['planned'] },
    stage: { output: 'set', is_not: [''] },
    '*': { output: 'plain', is_not: ['no'] },
  };
  const run = (plain: string, waiting: readonly string[]) =>
    t.context.rig.run({
      waiting,
      vars: { ...common(t, { plain }), promotion_action: 'make', promotion_children: children },
    });
  t.deepEqual((await run('no', ['promote', 'stage', 'other'])).data.zuul?.child_jobs, ['stage']);
  t.is((await run('yes', ['stage', 'other'])).data.zuul?.child_jobs, undefined, 'all of them: nothing is said');
  t.deepEqual((await run('no', ['other'])).data.zuul?.child_jobs, []);
});

test.serial(
  'on a node, with the build of the same commit; what is left of a job that was cut off is removed',
  async (t) => {
    const { rig } = t.context;
    const playbook = (role: object): string =>
      JSON.stringify([
        {
          hosts: "{{ groups['all'] | default([], true) | first | default('localhost', true) }}",
          gather_facts: false,
          ...role,
        },
      ]);
    const hosts = { node1: { ansible_connection: 'local' } };
    writeFileSync(join(rig.project, 'tagflow.yaml'), 'release: master\n');
    const vars = {
      promotion_tagflow: '',
      promotion_action: 'get-repo-hash',
      promotion_result: 'result',
      tagflow_phase: 'upstream',
    };
    const ran = await rig.run({ hosts, playbook: playbook({ roles: ['promotion-action'] }), vars });
    t.regex(ran.log, /PLAY \[node1\]/);
    t.is(resultOf(ran)?.outcome, 'invalid', ran.log);
    t.regex(ran.log, /ended as invalid: .*things are wrong in/);
    t.deepEqual(left(rig), []);

    mkdirSync(join(rig.work, '.tagflow-cut', 'secrets'), { recursive: true });
    const release = readFileSync(join(root, 'playbooks/tagflow/release.yaml'), 'utf8');
    t.is(
      (await rig.run({ hosts, playbook: release, vars: { promotion_work: join(rig.work, '.tagflow-cut') } })).code,
      0,
    );
    t.deepEqual(left(rig), []);
  },
);

test.serial('a Node that is too old, or none, is said so', async (t) => {
  const old = join(t.context.rig.folder, 'old-node');
  writeFileSync(old, '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 });
  for (const [node, says] of [
    [old, /is Node v20\.1\.0; tagflow needs Node 24 or later/],
    ['/none/node', /there is no \/none\/node here; tagflow needs Node 24/],
  ] as const) {
    const ran = await t.context.rig.run({ vars: { ...common(t), promotion_action: 'x', promotion_node: node } });
    t.is(ran.code, 2);
    t.regex(ran.log, says);
  }
});

/** Notes the command line of every process below this one, for as long as it runs. */
function watch(pid: number, seen: string[]): void {
  const timer = setInterval(() => {
    if (!existsSync(`/proc/${String(pid)}`)) clearInterval(timer);
    for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (line.includes('program.mjs') || line.includes('tagflow-zuul-role')) seen.push(line);
      } catch {
        // It has ended.
      }
    }
  }, 50);
}
