import test from 'ava';
import { expectProblems, testRows } from './bad-input.ts';
import { minimal } from './minimal.ts';

testRows([
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
    'unknown ledger',
    'dlrn:',
    'ledger: {url: "ledger.db"}\ndlrn:',
    '4:15 ledger.url: "ledger.db" is not a ledger; allowed: sqlite:PATH',
  ],
]);

const storeTemplates: readonly (readonly [key: string, template: string, problem: RegExp])[] = [
  ['path', '/{hash}', /is not a path below the root/],
  ['path', '{hash}/..', /is not a path below the root/],
  ['path', 'a//{hash}', /is not a path below the root/],
  ['path', '{release}', /does not hold \{hash\}/],
  ['path', '{hash}/{label}', /"\{label\}" is not a placeholder; allowed: .*\{build_sys\}, \{pin\}, \{hash\}/],
  ['path', '{hash}/{hash', /"\{hash" is not a placeholder/],
  ['path', '{hash}/images', /does not end in \{hash\} as a part of its own; allowed: \{hash\} once, as the last part/],
  ['path', '{release}/x{hash}', /does not end in \{hash\} as a part of its own/],
  ['path', '{hash}/{hash}', /does not end in \{hash\} as a part of its own/],
  ['link', '{hash}', /"\{hash\}" is not a placeholder; allowed: .*\{label\}/],
  ['link', '{label}/stable', /has \{label\} in a folder, where its links cannot be listed/],
  ['link', '[]', /name at least one link/],
  ['link', '7', /7 is not a text or a list/],
];

for (const [key, template, problem] of storeTemplates) {
  test(`bad ${key}: ${template}`, (t) => {
    const value = /^[[7]/.test(template) ? template : `'${template}'`;
    expectProblems(t, `${minimal}image-stores: { s: { url: 'file:///s', ${key}: ${value} } }`, [problem]);
  });
}

const storeLayouts: readonly (readonly [options: string, ...problems: (string | RegExp)[]])[] = [
  [
    'layout: rdo-2016',
    '15:16 image-stores.s.layout: "rdo-2016" is not one of: plain, rdo, rdo-2017, build-system, downstream, flat',
  ],
  [
    'layout: build-system',
    '15:16 image-stores.s.layout: "{release}/{build_sys}/{pin}/{hash}" needs pin beside it: the label that {pin} stands for',
  ],
  [`path: '{pin}/{hash}'`, '15:14 image-stores.s.path: "{pin}/{hash}" needs pin beside it'],
  [`link: '{pin}/{label}'`, '15:14 image-stores.s.link: "{pin}/{label}" needs pin beside it'],
  ['pin: current', '15:13 image-stores.s.pin: stands for {pin}, which is in no template: {release}/{hash}'],
  ['layout: rdo, build-sys: delorean', /build-sys: stands for \{build_sys\}, which is in no template/],
  [`path: '{hash}', release-name: rhos-17`, /release-name: stands for \{release\}, which is in no template/],
  ['release-name: ../x', /release-name: a part of a path is letters, digits/],
  ['layout: build-system, pin: a/b', /pin: label "a\/b" is not a label/],
];

for (const [options, ...problems] of storeLayouts) {
  test(`bad image store: ${options}`, (t) => {
    expectProblems(t, `${minimal}image-stores:\n  s: { url: 'file:///s',\n       ${options} }`, problems);
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
    expectProblems(t, `${minimal}registries: { r: ${registry} }`, [problem]);
  });
}

for (const registry of [`{ url: 'http://127.0.0.1:5000/x' }`, `{ url: 'http://lab:5000/x', plain-http: true }`]) {
  test(`good registry: ${registry}`, (t) => {
    expectProblems(t, `${minimal}registries: { r: ${registry} }`, []);
  });
}
