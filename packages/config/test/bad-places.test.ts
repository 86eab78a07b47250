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
]);

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

for (const [key, template, problem] of storeTemplates) {
  test(`bad ${key}: ${template}`, (t) => {
    const value = /^[[7]/.test(template) ? template : `'${template}'`;
    expectProblems(t, `${minimal}image-stores: { s: { url: 'file:///s', ${key}: ${value} } }`, [problem]);
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
