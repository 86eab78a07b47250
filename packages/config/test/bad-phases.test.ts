import test from 'ava';
import { expectProblems, type Problems, testRows } from './bad-input.ts';
import { places } from './minimal.ts';

testRows([
  [
    'target is candidate',
    'to: current-tripleo-rdo',
    'to: current-tripleo',
    '11:11 phases.rdo-phase-1.promote.to: "current-tripleo" is both from and to',
  ],
  [
    'label of DLRN',
    'to: current-tripleo-rdo',
    'to: consistent',
    '11:11 phases.rdo-phase-1.promote.to: label "consistent" belongs to DLRN itself',
  ],
  [
    'previous label',
    'to: current-tripleo-rdo',
    'to: previous-x',
    '11:11 phases.rdo-phase-1.promote.to: label "previous-x" is moved by tagflow itself',
  ],
  ['no label', 'to: current-tripleo-rdo', 'to: a/b', '11:11 phases.rdo-phase-1.promote.to: label "a/b" is not a label'],
  [
    'unknown template',
    'rdo-phase-1:',
    'nightly:',
    '8:3 phases.nightly: "nightly" is no template, so the phase has to name one; allowed: template: upstream',
  ],
  [
    'wrong template',
    'rdo-phase-1:',
    'nightly:\n    template: phase-1',
    '9:15 phases.nightly.template: "phase-1" is not one of: upstream, component, rdo-phase-1',
  ],
  [
    'section of another template',
    'promote:',
    'pin: { from: consistent, to: x }\n    promote:',
    '9:5 phases.rdo-phase-1: template rdo-phase-1 has no pin; it has: test, promote',
    '11:13 phases.rdo-phase-1.promote.from: "current-tripleo" is not what the phase pins; allowed: x',
  ],
  [
    'name of a phase',
    'rdo-phase-1:',
    'Phase_1:\n    template: rdo-phase-1',
    '8:3 phases: "Phase_1": a name is lower-case letters',
  ],
]);

/** A file with every kind of place, and these phases. */
const withPlaces: readonly (readonly [name: string, phases: string, ...problems: Problems])[] = [
  ['no phases', '  {}', /^11:1 phases: name at least one phase$/],
  [
    'nothing to begin with',
    '  upstream:\n    mirror: [{ from: public, to: inside }]',
    '12:3 phases.upstream: nothing says which label the phase begins with; give it pin or promote',
  ],
  [
    'unknown registry',
    '  upstream:\n    pin: { from: a, to: b }\n    build: { containers: { command: [x], registry: quay } }',
    '14:52 phases.upstream.build.containers.registry: "quay" is not known; known under registries: rdo, inner',
  ],
  [
    'unknown stores',
    '  rdo-phase-2:\n    fetch: { from: here }\n    promote: { from: a, to: b, criteria: { all-of: [x] }, images: { destinations: [there] } }',
    '13:20 phases.rdo-phase-2.fetch.from: "here" is not known; known under image-stores: public, inside, web',
    /^14:84 .*destinations\[0\]: "there" is not known/,
  ],
  [
    'internal build in a public store',
    '  upstream:\n    pin: { from: a, to: b }\n    build: { images: { command: [x], store: public, files: [f], visibility: internal } }',
    '14:45 phases.upstream.build.images.store: what is built here is internal and must not reach "public", which is public; allowed: a place with visibility: internal',
  ],
  [
    'internal containers in a public registry',
    '  upstream:\n    pin: { from: a, to: b }\n    build: { containers: { command: [x], registry: rdo, visibility: internal } }',
    /^14:52 .*must not reach "rdo"/,
  ],
  [
    'internal source, public destination',
    '  rdo-phase-1:\n    promote: { from: a, to: b, criteria: { all-of: [x] }, containers: { source: inner, destinations: [inner, rdo] } }',
    /^13:\d+ .*containers\.destinations\[1\]: the source is internal and must not reach "rdo"/,
  ],
  [
    'mirror of internal images',
    '  upstream:\n    pin: { from: a, to: b }\n    mirror: [{ from: inside, to: public }]',
    /^14:34 .*mirror\[0\]\.to: the source is internal/,
  ],
  [
    'mirror of itself',
    '  upstream:\n    pin: { from: a, to: b }\n    mirror: [{ from: public, to: public }]',
    /mirror\[0\]\.to: "public" cannot be a mirror of itself/,
  ],
  [
    'a store that cannot be written',
    '  upstream:\n    pin: { from: a, to: b }\n    mirror: [{ from: public, to: web }]',
    /^14:34 .*"web" cannot be written to: its url is https; allowed: sftp or file/,
  ],
  [
    'destination twice',
    '  rdo-phase-1:\n    promote: { from: a, to: b, criteria: { all-of: [x] }, images: { destinations: [public, public] } }',
    /destinations: a destination is named twice/,
  ],
  [
    'no destinations',
    '  rdo-phase-1:\n    promote: { from: a, to: b, criteria: { all-of: [x] }, images: { destinations: [] } }',
    /destinations: name at least one destination/,
  ],
  [
    'no command',
    '  rdo-phase-1:\n    test: { jobs: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    '13:20 phases.rdo-phase-1.test.jobs[0]: job "x" has no command; give it one, or all of them one as phases.rdo-phase-1.test.command',
  ],
  [
    'command as a text',
    '  rdo-phase-1:\n    test: { jobs: [x], command: make it }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /^13:33 .*test\.command: a command is a list such as/,
  ],
  [
    'no jobs',
    '  rdo-phase-1:\n    test: { jobs: [], command: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /test\.jobs: name at least one job/,
  ],
  [
    'job in both lists',
    '  rdo-phase-2:\n    test: { jobs: [x], command: [x] }\n    after: { jobs: [x], command: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /^14:21 .*after\.jobs\[0\]: job "x" is there already, as phases\.rdo-phase-2\.test\.jobs\[0\]/,
  ],
  [
    'voting afterwards',
    '  rdo-phase-2:\n    after: { jobs: [{ job: x, voting: true }], command: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /^13:31 .*unknown key "voting"/,
  ],
  [
    'featureset against the name',
    '  rdo-phase-1:\n    test: { jobs: [{ job: a-3ctlr_1comp-featureset001-x, featureset: 002, nodes: 1ctlr }], command: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /featureset: "002" is not the featureset in the job's name, 001/,
    /nodes: "1ctlr" are not the nodes in the job's name, 3ctlr_1comp/,
  ],
  [
    'featureset of one digit',
    '  rdo-phase-1:\n    test: { jobs: [{ job: a, featureset: "1" }], command: [x] }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /featureset: a featureset is three digits/,
  ],
  [
    'duration',
    '  rdo-phase-1:\n    test: { jobs: [x], command: [x], timeout: 2 hours }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /^13:47 .*timeout: a duration is a whole number with its unit/,
  ],
  [
    'red after no time at all',
    '  rdo-phase-1:\n    promote: { from: a, to: b, criteria: { all-of: [x] }, red-after: 0d }',
    /^13:\d+ .*red-after: a duration is a whole number with its unit/,
  ],
  [
    'number in env',
    '  rdo-phase-1:\n    test: { jobs: [x], command: [x], env: { A: 1 } }\n    promote: { from: a, to: b, criteria: { all-of: [x] } }',
    /^13:48 .*env\.A: 1 is not a text, write it in quotes/,
  ],
  [
    'label moved twice',
    '  rdo-phase-1:\n    promote: { from: a, to: b, criteria: { all-of: [x] } }\n  rdo-phase-2:\n    promote: { from: c, to: b, criteria: { all-of: [x] } }',
    '15:29 phases.rdo-phase-2.promote.to: "b" is moved by phases.rdo-phase-1.promote.to already',
  ],
  [
    'component in classic mode',
    '  component:\n    pin: { from: consistent, to: b }',
    '12:3 phases.component.component: is missing: template component needs one',
    '12:3 phases.component.component: template component needs dlrn.mode: component',
  ],
  [
    'component elsewhere',
    '  upstream:\n    component: network\n    pin: { from: consistent, to: b }',
    '13:16 phases.upstream.component: is for template component only, and this is upstream',
  ],
  [
    'pin with criteria',
    '  upstream:\n    pin: { from: consistent, to: b, criteria: { all-of: [x] } }',
    /pin\.criteria: a mapping is not one of: none/,
  ],
  [
    'hand-off with a password',
    '  osp-phase-0:\n    hand-off: { label: a, destination: "sftp://u:hunter2@h/x" }',
    /^13:40 .*destination: a URL may not hold a password/,
  ],
  [
    'hand-off in clear text',
    '  osp-phase-0:\n    hand-off: { label: a, destination: "http://h/x" }',
    /^13:40 .*destination: http:\/\/ is for this machine only; allowed: https:\/\/$/,
  ],
  [
    'hand-off to nothing',
    '  osp-phase-0:\n    hand-off: { label: a, destination: "ftp://h/x" }',
    /^13:40 .*"ftp:\/\/h\/x" is not a URL; allowed: sftp:\/\/, file:\/\/, https:\/\/, http:\/\/, file:$/,
  ],
  [
    'path in a file name',
    '  upstream:\n    pin: { from: a, to: b }\n    build: { images: { command: [x], store: public, files: [a/b] } }',
    /files\[0\]: the name of an image is a plain file name/,
  ],
];

for (const [name, phases, ...problems] of withPlaces) {
  test(`bad phase: ${name}`, (t) => {
    expectProblems(t, `${places}phases:\n${phases}`, problems);
  });
}
