import test from 'ava';
import {
  ConfigError,
  ownerOf,
  resolveImageStore,
  resolveJob,
  resolvePhase,
  resolveRegistry,
  startLabel,
} from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { places } from './minimal.ts';

const config = parseConfig(
  `${places}
owners:
  'periodic-*-ovb-*': ovb-team
  'periodic-*': ci-team
  'exact.name': somebody
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
  rdo-phase-2:
    test: { command: [a], jobs: [first] }
    after: { command: [b], jobs: [later] }
    promote: { from: current-tripleo-rdo, to: current-tripleo-rdo-internal, criteria: { all-of: [x] } }
  osp-phase-0:
    hand-off: { label: current-tripleo-rdo-internal, destination: 'file:///out' }
`,
  '/c/tagflow.yaml',
);

test('names are resolved', (t) => {
  t.is(resolvePhase(config, 'rdo-phase-2').name, 'rdo-phase-2');
  t.is(resolveRegistry(config, 'rdo').url, 'https://registry.example/master');
  t.is(resolveImageStore(config, 'inside').visibility, 'internal');
  t.deepEqual(resolveJob(resolvePhase(config, 'rdo-phase-2'), 'first').command, ['a']);
  t.deepEqual(resolveJob(resolvePhase(config, 'rdo-phase-2'), 'later').command, ['b']);
});

const unknown: readonly (readonly [string, () => unknown, string])[] = [
  [
    'phase',
    () => resolvePhase(config, 'phase-9'),
    '/c/tagflow.yaml has no phase "phase-9"; it has: upstream, rdo-phase-2, osp-phase-0',
  ],
  [
    'no phase at all',
    () => resolvePhase(config, ''),
    'input "phase" is missing; /c/tagflow.yaml has: upstream, rdo-phase-2, osp-phase-0',
  ],
  [
    'inherited name',
    () => resolvePhase(config, 'constructor'),
    '/c/tagflow.yaml has no phase "constructor"; it has: upstream, rdo-phase-2, osp-phase-0',
  ],
  ['registry', () => resolveRegistry(config, 'quay'), '/c/tagflow.yaml has no registry "quay"; it has: rdo, inner'],
  [
    'image store',
    () => resolveImageStore(config, 'x'),
    '/c/tagflow.yaml has no image store "x"; it has: public, inside, web',
  ],
  [
    'job',
    () => resolveJob(resolvePhase(config, 'rdo-phase-2'), 'x'),
    'phase rdo-phase-2 has no job "x"; it has: first, later',
  ],
  [
    'job of none',
    () => resolveJob(resolvePhase(config, 'upstream'), 'x'),
    'phase upstream has no job "x"; it has: none',
  ],
];
for (const [kind, look, message] of unknown) {
  test(`an unknown ${kind} is answered with those that are known`, (t) => {
    const error = t.throws(look, { instanceOf: ConfigError });
    t.is(error.code, 'unknown-name');
    t.is(error.outcome, 'invalid');
    t.is(error.message, message);
  });
}

test('a phase begins with what it pins, promotes or hands off', (t) => {
  t.is(startLabel(resolvePhase(config, 'upstream')) as string, 'consistent');
  t.is(startLabel(resolvePhase(config, 'rdo-phase-2')) as string, 'current-tripleo-rdo');
  t.is(startLabel(resolvePhase(config, 'osp-phase-0')) as string, 'current-tripleo-rdo-internal');
});

const owners: readonly (readonly [string, string | null])[] = [
  ['periodic-tripleo-ovb-x', 'ovb-team'],
  ['periodic-tripleo-multinode-x', 'ci-team'],
  ['exact.name', 'somebody'],
  ['exact-name', null],
  ['not-periodic-x', null],
];
for (const [job, owner] of owners) {
  test(`${job} belongs to ${owner ?? 'nobody'}`, (t) => {
    t.is(ownerOf(config, job), owner);
  });
}
