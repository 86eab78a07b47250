import { loadConfig } from '@tagflow/config';
import type { LabRegistry } from '@tagflow/lab';
import {
  type ArtifactSet,
  emptySet,
  formatPlan,
  formatSet,
  type Move,
  parseDigest,
  parseFullHash,
  parseLabel,
  type Plan,
} from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { configOf, type ConfigParts, hash, makeWorld, names, readContainers, readSet, seed } from './world.ts';

// A plan of promote-symlink is staged: its digests, under the tag of its hash, and nothing else.

const label = parseLabel('current-tripleo');
const other = parseFullHash('f'.repeat(32));

interface Edit extends Partial<Plan> {
  /** The names of the registries that the plan moves tags in. Default: both. */
  readonly registries?: readonly string[];
}

/** Two registries, a config of them, and plans of the containers that the first one has. */
async function startPlanned(t: ExecutionContext, parts: ConfigParts = {}) {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const containers = await seed(source);
  const config = await world.file('tagflow.yaml', configOf(source, target, parts));
  const { digest: configDigest } = await loadConfig(config);
  const set: ArtifactSet = { ...emptySet(hash, 'master'), containers };
  let plans = 0;
  const planFile = ({ registries = ['rdo', 'docker'], ...edit }: Edit = {}) => {
    const to = edit.set?.containers ?? containers;
    const moves = registries.flatMap((name) =>
      to.map((one): Move => {
        const pointer = `${one.name}:${label}`;
        return { destination: `registry ${name}`, kind: 'containers', label, pointer, from: null, to: one.digest };
      }),
    );
    const plan: Plan = {
      ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: null },
      ...{ fromHash: null, toHash: hash, set, fromSet: null, irreversible: [], notes: [] },
      moves: [...moves, { destination: 'repository', kind: 'repository', label, pointer: label, from: null, to: hash }],
      verdict: { answer: 'yes', fullHash: hash, reasons: [], waivers: [], votes: [], criteriaDigest: 'sha256:0' },
      ...{ criteria: 'none', waivers: [], version: 1, policyDigest: 'sha256:0', configDigest, reason: null },
      ...{ actor: 'test', createdAt: '2026-01-01T00:00:00.000Z', ...edit },
    };
    return world.file(`plan-${++plans}.json`, formatPlan(plan));
  };
  return { world, source, target, containers, config, set, planFile };
}

/** Every tag that is written in these registries from now on. */
function watchTags(...registries: readonly LabRegistry[]): () => readonly string[] {
  const tags = new Set<string>();
  for (const registry of registries) {
    registry.setFaults(({ method, kind, reference }) => {
      if (method === 'PUT' && kind === 'manifest' && !reference.startsWith('sha256:')) tags.add(reference);
      return null;
    });
  }
  return () => [...tags];
}

const repository = (name: string): string => `ns/openstack-${name}`;

test('its digests are staged, whatever the tags say now; the hash is all that is written', async (t) => {
  // What the phase leaves out was left out, or not, when the plan was made.
  const parts = { containers: 'source: rdo, destinations: [rdo, docker], exclude: [base], arches: [x86_64, ppc64le]' };
  const { world, source, target, containers, config, set, planFile } = await startPlanned(t, parts);
  const elsewhere = await source.putImage(repository('base'), ['later'], { layers: [Buffer.from('later')] });
  source.moveTag(repository('base'), hash, null);
  const written = watchTags(source, target);
  const inputs = { config, plan: await planFile() };

  const dry = await world.run({ ...inputs, 'dry-run': 'true' });
  t.is(dry.outcome, 'planned', dry.message);
  const { destinations } = await readContainers(dry);
  t.deepEqual(
    destinations.map(({ copied, writes }) => [copied, writes.length]),
    [
      [['base'], 2],
      [names, 4],
    ],
  );
  t.regex(dry.summary ?? '', /copy \S+\/ns\/openstack-base@sha256:[0-9a-f]{64} to \S+:0123456789abcdef/);
  t.deepEqual([written(), target.repositories()], [[], []]);

  const staged = await world.run(inputs);
  t.is(staged.outcome, 'done', staged.message);
  t.regex(staged.message ?? '', /; current-tripleo was not moved$/);
  t.deepEqual(written(), [hash]);
  for (const { name, digest } of containers) {
    t.is(target.manifest(repository(name), hash)?.digest, digest);
    t.deepEqual(target.tags(repository(name)), [hash]);
  }
  t.is(source.manifest(repository('base'), 'later')?.digest, elsewhere);
  t.deepEqual(await readSet(staged), set);
  t.is((await world.run(inputs)).outcome, 'nothing-to-do');
});

test('a rollback and a repair are staged as a promotion is; only where the plan moves tags', async (t) => {
  const { world, source, target, config, planFile } = await startPlanned(t);
  const plan = await planFile({ mode: 'repair', fromHash: hash, registries: ['rdo'] });
  const result = await world.run({ config, phase: 'upstream', plan });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual([source.tags('ns/tagflow-set'), target.repositories()], [[hash], []]);
  const back = await world.run({ config, plan: await planFile({ mode: 'rollback' }) });
  t.is(back.outcome, 'done', back.message);
  t.deepEqual(target.tags(repository('base')), [hash]);
});

test('an optional destination stands in no plan: it is staged too, and is owed what it does not take', async (t) => {
  const parts = { containers: 'source: rdo, destinations: [rdo, docker], optional: [docker]' };
  const { world, target, config, planFile } = await startPlanned(t, parts);
  const inputs = { config, plan: await planFile({ registries: ['rdo'] }) };
  target.setFaults(({ method }) => (method === 'POST' ? { type: 'status', status: 403 } : null));
  const owing = await world.run(inputs);
  t.is(owing.outcome, 'done', owing.message);
  t.regex(owing.outputs['debts'] ?? '', /\(optional\) is owed the set/);
  target.setFaults(null);
  const paid = await world.run(inputs);
  t.is(paid.outcome, 'done', paid.message);
  t.deepEqual([paid.outputs['debts'], target.tags(repository('base'))], ['', [hash]]);
});

test('what nobody holds any more is named with its digest: failed, and nothing is written', async (t) => {
  const { world, source, target, config, set, planFile } = await startPlanned(t);
  const gone = { name: 'nova-api', digest: parseDigest(`sha256:${'9'.repeat(64)}`) };
  const containers = [...set.containers.filter(({ name }) => name !== gone.name), gone];
  const written = watchTags(source, target);
  const result = await world.run({ config, plan: await planFile({ set: { ...set, containers } }) });
  t.is(result.outcome, 'failed', result.message);
  t.is(result.error?.code, 'missing-containers');
  t.regex(result.message ?? '', /holds 1 of the 3 containers of the plan no longer: nova-api \(sha256:9{64}\)/);
  t.deepEqual(written(), []);
});

test('a hash that was published with other digests meanwhile is left as it is', async (t) => {
  const { world, target, config, planFile } = await startPlanned(t);
  const [before] = await seed(target, { names: ['base'], salt: 'another build' });
  const result = await world.run({ config, plan: await planFile() });
  t.deepEqual([result.outcome, result.error?.code], ['failed', 'published-differently']);
  t.deepEqual(target.repositories(), [repository('base')]);
  t.is(target.manifest(repository('base'), hash)?.digest, before?.digest);
});

for (const [what, edit, said] of [
  ['of a pin', { mode: 'pin', label: parseLabel('tripleo-ci-testing') }, /^the plan pins tripleo-ci-testing: /],
  ['without containers', { set: emptySet(hash, 'master') }, /^the plan of current-tripleo holds no containers$/],
  ['that moves no tags', { registries: [] }, /^the plan of current-tripleo moves no containers$/],
] as const satisfies readonly (readonly [string, Edit, RegExp])[]) {
  test(`a plan ${what} leaves nothing to stage`, async (t) => {
    const { world, target, config, planFile } = await startPlanned(t);
    const result = await world.run({ config, plan: await planFile(edit) });
    t.is(result.outcome, 'nothing-to-do', result.message);
    t.regex(result.message ?? '', said);
    t.deepEqual(target.repositories(), []);
  });
}

test('what contradicts a plan is refused, all at once and before a registry is asked', async (t) => {
  const { world, source, target, config, set, planFile } = await startPlanned(t);
  const plan = await planFile();
  const named = await world.file('set.json', formatSet(set));
  const cases: readonly (readonly [inputs: Readonly<Record<string, string>>, said: RegExp])[] = [
    [{ tags: 'current-tripleo' }, /tags: with a plan no label is moved here/],
    [{ tags: 'my-own-tag' }, /tags: with a plan no label is moved here; .*promote-symlink moves them/],
    [{ containers: 'base' }, /containers: the plan names its containers, each by its digest/],
    [{ 'containers-from': 'namespace' }, /containers-from: the plan names its containers/],
    [
      { include: 'base', exclude: 'heat-api', 'source-tag': 'later', arches: 'x86_64', set: named },
      /include, exclude, source-tag, arches, set: the plan names its containers/,
    ],
    [{ 'full-hash': other }, /full-hash: f{32} is not that of the set/],
    [{ release: 'wallaby' }, /release: wallaby is not that of the set/],
    [{ phase: 'rdo-phase-1' }, /plan: it moves current-tripleo, and phase rdo-phase-1 moves current-tripleo-rdo/],
    [
      { plan: await planFile({ configDigest: 'sha256:1' }) },
      /plan: it was not made with \S+tagflow\.yaml as it is now/,
    ],
    [{ plan: await planFile({ release: 'wallaby' }) }, /it was not made with/],
    [{ plan: await planFile({ toHash: other }) }, /its set is of 0123\S+, and toHash is f{32}/],
    [{ plan: await planFile({ label: parseLabel('nobodys') }) }, /no phase of \S+ moves "nobodys"/],
    [{ plan: named }, /is not a plan of this tagflow/],
  ];
  source.resetRequests();
  for (const [inputs, said] of cases) {
    const result = await world.run({ config, plan, ...inputs });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', said);
  }
  t.deepEqual([source.requests().total, target.requests().total], [0, 0]);
});

test('by URLs, without a config', async (t) => {
  const { world, source, target, planFile } = await startPlanned(t);
  const places = { source: `${source.url}/ns`, destinations: `${target.url}/ns`, 'name-pattern': 'openstack-{name}' };
  const result = await world.run({ ...places, plan: await planFile() });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(target.tags(repository('heat-api')), [hash]);
});
