import test from 'ava';
import { resolveRunner } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { expectProblems, type Problems } from './bad-input.ts';
import { places } from './minimal.ts';

const promote = 'promote: { from: a, to: b, criteria: { all-of: [x] } }';

test('runners of every kind, with what is left out', (t) => {
  const config = parseConfig(
    `${places}
runners:
  nodes: { kind: command, grace: 1m, nodes: { get: [duffy, get], release: [duffy, done], count: 2 } }
  gh: { kind: github, repository: rdo/tests, workflow: test.yml, inputs: { hash: '{full-hash}' } }
  sf: { kind: zuul, url: 'https://zuul.example', tenant: rdo, project: rdo/jobs, pipeline: periodic }
  centos: { kind: jenkins, url: 'https://ci.example', job: 'rdo/{job}', parameters: { HASH: '{full-hash}' }, poll: 1m }
logs: { url: 'file:logs', read-url: 'https://logs.example' }
failure-patterns: [patterns.yaml]
phases:
  rdo-phase-1:
    test: { runner: centos, retries: 2, results: required, jobs: [x, { job: y, runner: command, command: [y], retries: 0 }] }
    ${promote}
`,
    '/c/t.yaml',
  );
  t.deepEqual(config.runners, {
    nodes: {
      ...{ kind: 'command', name: 'nodes', graceMs: 60_000 },
      nodes: { get: ['duffy', 'get'], release: ['duffy', 'done'], count: 2, attempts: 10, delayMs: 180_000 },
    },
    gh: {
      ...{ kind: 'github', name: 'gh', url: 'https://api.github.com', repository: 'rdo/tests', workflow: 'test.yml' },
      ...{ ref: 'main', inputs: { hash: '{full-hash}' }, keyInput: 'tagflow_key', reports: null },
      ...{ pollMs: 30_000, plainHttp: false },
    },
    sf: {
      ...{ kind: 'zuul', name: 'sf', url: 'https://zuul.example', tenant: 'rdo', project: 'rdo/jobs' },
      ...{ pipeline: 'periodic', branch: 'master', job: '{job}', pollMs: 30_000, plainHttp: false },
      ...{ parameters: {}, keyParameter: null, reports: [] },
    },
    centos: {
      ...{ kind: 'jenkins', name: 'centos', url: 'https://ci.example', username: null, job: 'rdo/{job}' },
      ...{ parameters: { HASH: '{full-hash}' }, keyParameter: 'TAGFLOW_KEY', reports: [] },
      ...{ pollMs: 60_000, plainHttp: false },
    },
  });
  t.deepEqual(config.logs, {
    url: 'file:///c/logs',
    readUrl: 'https://logs.example',
    hostKey: null,
    visibility: 'public',
  });
  t.deepEqual(config.failurePatterns, ['/c/patterns.yaml']);
  t.deepEqual(
    config.phases['rdo-phase-1']?.test?.jobs.map(({ job, runner, retries, results }) => [
      job,
      runner,
      retries,
      results,
    ]),
    [
      ['x', 'centos', 2, 'required'],
      ['y', 'command', 0, 'required'],
    ],
  );
  t.like(resolveRunner(config, 'command'), { kind: 'command', graceMs: 10_000, nodes: null });
  t.throws(() => resolveRunner(config, 'jenkins'), {
    message: /has no runner "jenkins"; it has: command, nodes, gh, sf, centos/,
  });
});

test('a job of several architectures and distributions is as many jobs', (t) => {
  const config = parseConfig(
    `${places}
phases:
  rdo-phase-1:
    test:
      command: [run]
      jobs: [{ job: 'scenario-{distro}-{arch}', arches: [x86_64, aarch64], distros: [centos8, rhel8] }]
    ${promote}
`,
    '/c/t.yaml',
  );
  t.deepEqual(
    config.phases['rdo-phase-1']?.test?.jobs.map(({ job, arch, distro }) => [job, arch, distro]),
    [
      ['scenario-centos8-x86_64', 'x86_64', 'centos8'],
      ['scenario-centos8-aarch64', 'aarch64', 'centos8'],
      ['scenario-rhel8-x86_64', 'x86_64', 'rhel8'],
      ['scenario-rhel8-aarch64', 'aarch64', 'rhel8'],
    ],
  );
});

const phase1 = (test: string): string => `phases:\n  rdo-phase-1:\n    test: ${test}\n    ${promote}\n`;
const jenkins = (more: string): string =>
  `runners:\n  c: { kind: jenkins, url: 'https://ci.example'${more} }\n${phase1('{ runner: c, jobs: [x] }')}`;

const bad: readonly (readonly [name: string, text: string, ...problems: Problems])[] = [
  [
    'unknown runner',
    phase1('{ runner: jenkins, jobs: [{ job: x, runner: zuul }], command: [x] }'),
    /test\.runner: "jenkins" is no runner; allowed: command$/,
    /jobs\[0\]\.runner: "zuul" is no runner; allowed: command$/,
  ],
  ['a process needs a command', phase1('{ jobs: [x] }'), /job "x" has no command/],
  [
    'unknown kind',
    `runners: { c: { kind: travis } }\n${phase1('{ jobs: [x], command: [x] }')}`,
    /runners\.c\.kind: "travis" is not one of: command, github, zuul, jenkins$/,
  ],
  [
    'unknown fact',
    jenkins(", parameters: { A: '{hash}' }"),
    /parameters\.A: "\{hash\}" is not a fact of a job; allowed: \{full-hash\}, \{repo-url\}/,
  ],
  [
    'clear text',
    `runners:\n  c: { kind: jenkins, url: 'http://ci.example' }\n${phase1('{ runner: c, jobs: [x] }')}`,
    /runners\.c\.url: http:\/\/ is for this machine only; allowed: https:\/\/, or plain-http: true beside it$/,
  ],
  [
    'a password in a URL',
    `runners:\n  c: { kind: jenkins, url: 'https://u:hunter2@ci.example' }\n${phase1('{ runner: c, jobs: [x] }')}`,
    /runners\.c\.url: a URL may not hold a password/,
  ],
  [
    'one name for several jobs',
    phase1("{ command: [x], jobs: [{ job: x, arches: [x86_64] }, { job: 'y-{distro}' }] }"),
    /arches: job "x" needs \{arch\} in its name: two votes of one name could not be told apart$/,
    /job: "y-\{distro\}" holds \{distro\}, and nothing says what it stands for; give it distros$/,
  ],
  [
    'public logs of internal builds',
    `logs: { url: 'file:logs' }\nphases:\n  rdo-phase-2:\n    build: { images: { command: [x], store: inside, files: [f], visibility: internal } }\n    test: { jobs: [x], command: [x] }\n    ${promote}\n`,
    /phases\.rdo-phase-2: what jobs print of the internal builds of this phase would be public/,
  ],
  ['too many retries', phase1('{ command: [x], retries: 11, jobs: [x] }'), /retries: retries is at most 10$/],
];

for (const [name, text, ...problems] of bad) {
  test(`bad runner: ${name}`, (t) => {
    expectProblems(t, `${places}${text}`, problems);
  });
}
