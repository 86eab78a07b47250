import test, { type ExecutionContext } from 'ava';
import { ConfigError, parseConfig } from '../src/index.ts';
import { minimal, places } from './minimal.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'tagflow.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
  return [];
}

/** What is put into a good file (replacing `what`), and how each problem begins, or a pattern of the whole. */
type Row = readonly [name: string, what: string, by: string, ...problems: readonly (string | RegExp)[]];

const inMinimal: readonly Row[] = [
  [
    'unknown key',
    'distro: centos7',
    'distro: centos7\ndistr: x',
    /^4:1 : unknown key "distr"; allowed here: release, distro, dlrn, registries, image-stores, ledger, owners, phases$/,
  ],
  [
    'unknown key below',
    'api-url:',
    'apiurl:',
    /^4:1 dlrn\.api-url: is missing: a text \(The base URL of the DLRN API/,
    '5:3 dlrn: unknown key "apiurl"; allowed here: api-url, repos-url, mode, username, auth-method, server-principal, protected-reads, plain-http',
  ],
  ['missing', 'distro: centos7', '', /^2:1 distro: is missing: a text \(The distribution/],
  ['number for a text', 'release: master', 'release: 2024', /^2:10 release: 2024 is not a text, write it in quotes/],
  ['empty value', 'release: master', 'release:', /^2:9 release: is empty: a text is expected/],
  ['mapping for a text', 'release: master', 'release: {a: 1}', /^2:1 release: a mapping is not a text/],
  ['upper case', 'release: master', 'release: Master', '2:10 release: a release is lower-case'],
  [
    'password in a URL',
    'https://trunk.example/api',
    'https://ci:hunter2@trunk.example/api',
    '5:12 dlrn.api-url: a URL may not hold a password',
  ],
  [
    'no principal of a server',
    'https://trunk.example/api',
    'https://trunk.example/api\n  server-principal: HTTP@trunk.example',
    "6:21 dlrn.server-principal: a server's principal is HTTP/ and its host name, then @ and its realm",
  ],
  [
    'user in an https URL',
    'https://trunk.example/api',
    'https://ci@trunk.example/api',
    '5:12 dlrn.api-url: an https URL may not hold a user name',
  ],
  [
    'wrong scheme',
    'https://trunk.example/api',
    'ftp://trunk.example/api',
    '5:12 dlrn.api-url: "ftp://trunk.example/api" is not a URL; allowed: https://, http://',
  ],
  [
    'clear text',
    'https://trunk.example/api',
    'http://trunk.example/api',
    '5:12 dlrn.api-url: http:// is for a DLRN API on this machine; allowed: https://, or plain-http: true beside it',
  ],
  [
    'clear text, in capitals',
    'https://trunk.example/api',
    'HTTP://trunk.example/api',
    /is for a DLRN API on this machine/,
  ],
  ['clear text to this machine', 'https://trunk.example/api', 'http://localhost:5000/api'],
  ['clear text that is wanted', 'https://trunk.example/api', 'http://trunk.example/api\n  plain-http: true'],
  [
    'a way to log in that DLRN does not have',
    'https://trunk.example/api',
    'https://trunk.example/api\n  auth-method: ntlm',
    '6:16 dlrn.auth-method: "ntlm" is not one of: basic, kerberos',
  ],
  [
    'kerberos',
    'https://trunk.example/api',
    'https://trunk.example/api\n  auth-method: kerberos\n  protected-reads: true',
  ],
  ['no host', 'https://trunk.example/api', 'trunk.example/api', /is not a URL; allowed/],
  ['wrong word', 'dlrn:', 'ledger: {lock: lock}\ndlrn:', '4:16 ledger.lock: "lock" is not one of: lease, ci'],
  [
    'postgres',
    'dlrn:',
    'ledger: {url: "postgres://db/x"}\ndlrn:',
    '4:15 ledger.url: a PostgreSQL ledger is not supported yet; allowed: sqlite:PATH',
  ],
  [
    'unknown ledger',
    'dlrn:',
    'ledger: {url: "ledger.db"}\ndlrn:',
    '4:15 ledger.url: "ledger.db" is not a ledger; allowed: sqlite:PATH',
  ],
  ['empty criteria', '[job-a]', '[]', '12:27 phases.rdo-phase-1.promote.criteria.all-of: empty criteria never promote'],
  [
    'criteria none',
    '{ all-of: [job-a] }',
    'none',
    '12:17 phases.rdo-phase-1.promote.criteria: "none" is for pins: a promotion needs at least one job',
  ],
  [
    'criteria missing',
    'criteria: { all-of: [job-a] }',
    '',
    /^9:5 phases\.rdo-phase-1\.promote\.criteria: is missing: a mapping/,
  ],
  ['criteria a list', '{ all-of: [job-a] }', '[job-a]', /^12:17 .*criteria: a list is not a mapping/],
  [
    'empty group',
    '[job-a]',
    '[job-a, { any-of: [] }]',
    '12:45 phases.rdo-phase-1.promote.criteria.all-of[1].any-of: an empty list is never met',
  ],
  [
    'group of nothing',
    '[job-a]',
    '[{}]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'group of two',
    '[job-a]',
    '[{ any-of: [a], all-of: [b] }]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'at-least alone',
    '[job-a]',
    '[{ at-least: 1 }]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'at-least too many',
    '[job-a]',
    '[{ at-least: 3, of: [a, b] }]',
    '12:40 phases.rdo-phase-1.promote.criteria.all-of[0].at-least: 3 of 2 can never succeed; allowed: 1 to 2',
  ],
  [
    'unknown key in a group',
    '[job-a]',
    '[{ any-of: [a], any: 1 }]',
    '12:43 phases.rdo-phase-1.promote.criteria.all-of[0]: unknown key "any"; allowed here: all-of, any-of, at-least, of',
  ],
  [
    'number for a job',
    '[job-a]',
    '[7]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: 7 is not a text or a mapping',
  ],
  ['blank in a job', '[job-a]', '["a b"]', '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a job name is'],
  [
    'job twice',
    '[job-a]',
    '[job-a, { any-of: [b, job-a] }]',
    '12:49 phases.rdo-phase-1.promote.criteria.all-of[1].any-of[1]: job "job-a" is there already, as phases.rdo-phase-1.promote.criteria.all-of[0]',
  ],
  ['required and informing', '[job-a]', '[job-a], informing: [job-a]', /informing\[0\]: job "job-a" is there already/],
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
];

const phase = (text: string): string => `${places}phases:\n${text}`;

const withPlaces: readonly (readonly [name: string, phases: string, ...problems: readonly (string | RegExp)[]])[] = [
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
    'hand-off to a web server',
    '  osp-phase-0:\n    hand-off: { label: a, destination: "https://h/x" }',
    /^13:40 .*destination: "https:\/\/h\/x" is not a URL; allowed: sftp:\/\/, file:\/\/, file:$/,
  ],
  [
    'path in a file name',
    '  upstream:\n    pin: { from: a, to: b }\n    build: { images: { command: [x], store: public, files: [a/b] } }',
    /files\[0\]: the name of an image is a plain file name/,
  ],
];

const storeTemplates: readonly (readonly [key: string, template: string, problem: RegExp])[] = [
  ['path', '/{hash}', /is not a path below the root/],
  ['path', '{hash}/..', /is not a path below the root/],
  ['path', 'a//{hash}', /is not a path below the root/],
  ['path', '{release}', /does not hold \{hash\}/],
  ['path', '{hash}/{label}', /"\{label\}" is not a placeholder; allowed: \{release\}, \{distro\}, \{hash\}/],
  ['path', '{hash}/{hash', /"\{hash" is not a placeholder/],
  ['link', '{hash}', /"\{hash\}" is not a placeholder; allowed: \{release\}, \{distro\}, \{label\}/],
  ['link', '[]', /name at least one link/],
  ['link', '7', /7 is not a text or a list/],
];

const expect = (t: ExecutionContext, text: string, problems: readonly (string | RegExp)[]): void => {
  const found = problemsOf(text);
  t.is(found.length, problems.length, found.join('\n'));
  problems.forEach((problem, index) => {
    const line = found[index] ?? '';
    if (typeof problem === 'string') t.true(line.startsWith(problem), line);
    else t.regex(line, problem);
    t.false(line.includes('hunter2'), 'a problem never repeats a password');
  });
};

for (const [name, what, by, ...problems] of inMinimal) {
  test(`bad: ${name}`, (t) => {
    t.true(minimal.includes(what));
    expect(t, minimal.replace(what, by), problems);
  });
}

for (const [name, phases, ...problems] of withPlaces) {
  test(`bad phase: ${name}`, (t) => {
    expect(t, phase(phases), problems);
  });
}

for (const [key, template, problem] of storeTemplates) {
  test(`bad ${key}: ${template}`, (t) => {
    const value = /^[[7]/.test(template) ? template : `'${template}'`;
    expect(t, `${minimal}image-stores: { s: { url: 'file:///s', ${key}: ${value} } }`, [problem]);
  });
}

const registries: readonly (readonly [registry: string, problem: RegExp])[] = [
  [
    `{ url: 'http://registry.example/x' }`,
    /http:\/\/ is for registries on this machine; allowed: https:\/\/, or plain-http: true/,
  ],
  [`{ url: 'https://r.example/x', names: 'centos-binary' }`, /names holds \{name\} once/],
  [`{ url: 'https://r.example/x', names: '{name}-{name}' }`, /names holds \{name\} once/],
  [`{ url: 'https://r.example/x', names: 'Centos-{name}' }`, /names holds \{name\} once/],
  [`{ url: 'https://r.example/x', visibility: secret }`, /"secret" is not one of: public, internal/],
];
for (const [registry, problem] of registries) {
  test(`bad registry: ${registry}`, (t) => {
    expect(t, `${minimal}registries: { r: ${registry} }`, [problem]);
  });
}

for (const registry of [`{ url: 'http://127.0.0.1:5000/x' }`, `{ url: 'http://lab:5000/x', plain-http: true }`]) {
  test(`good registry: ${registry}`, (t) => {
    expect(t, `${minimal}registries: { r: ${registry} }`, []);
  });
}

const yaml: readonly (readonly [name: string, text: string, ...problems: readonly RegExp[]])[] = [
  ['empty file', '', /^1:1 : is empty: a mapping is expected/],
  ['comment only', '# nothing\n', /is empty: a mapping is expected/],
  ['a list', '- a\n', /^1:1 : a list is not a mapping/],
  ['key twice', `${minimal}release: pike\n`, /^13:1 : not valid YAML: Map keys must be unique/],
  ['two mistakes', 'release: [a\ndistro: "\n', /not valid YAML/, /not valid YAML/],
  ['two documents', `${minimal}---\n${minimal}`, /not valid YAML/],
  ['alias without anchor', 'release: *nowhere\n', /not valid YAML: .*nowhere/],
  ['unknown tag', 'release: !secret x\n', /not valid YAML: Unresolved tag/],
];
for (const [name, text, ...problems] of yaml) {
  test(`bad YAML: ${name}`, (t) => {
    expect(t, text, problems);
  });
}

test('everything is told at once, in the order of the file, with file, line and column', (t) => {
  const text = minimal
    .replace('distro: centos7', 'distro: Centos')
    .replace('to: current-tripleo-rdo', 'to: current-tripleo')
    .replace('[job-a]', '[job-a, job-a]');
  const error = t.throws(() => parseConfig(text, 'conf/tagflow.yaml'), { instanceOf: ConfigError });
  t.is(error.code, 'invalid-config');
  t.is(error.outcome, 'invalid');
  t.is(
    error.message,
    [
      '3 things are wrong in conf/tagflow.yaml',
      'conf/tagflow.yaml:3:9: distro: a distro is lower-case letters and digits, such as centos9',
      'conf/tagflow.yaml:11:11: phases.rdo-phase-1.promote.to: "current-tripleo" is both from and to: a label cannot be moved to its own hash',
      'conf/tagflow.yaml:12:35: phases.rdo-phase-1.promote.criteria.all-of[1]: job "job-a" is there already, as phases.rdo-phase-1.promote.criteria.all-of[0]',
    ].join('\n'),
  );
});
