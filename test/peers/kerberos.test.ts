import { chmod, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { kerberosLogin } from '@tagflow/http';
import { tool } from '../../scripts/tools.ts';
import { type RealDlrn, startRealDlrn } from './dlrn/real-dlrn.ts';
import { runForeign } from './foreign.ts';
import { type RealApache, startRealApache } from './kerberos/real-apache.ts';
import { krb5Conf, type RealKdc, realm, startRealKdc } from './kerberos/real-kdc.ts';
import { startTagflow, type TagflowRun } from './tagflow.ts';

// A KDC, and Apache's mod_auth_gssapi before the DLRN that is released, which itself knows passwords only.
let root: string;
let kdc: RealKdc;
let dlrn: RealDlrn;
let apache: RealApache;
/** The keytabs of a principal that is let in, of one that is not, and of one whose key was changed since. */
let keytabs: Readonly<Record<'ciuser' | 'stranger' | 'outdated', string>>;

test.before('the peers start', async () => {
  root = await mkdtemp(join(tmpdir(), 'tagflow-krb-'));
  [kdc, dlrn] = await Promise.all([startRealKdc(root), startRealDlrn({ mode: 'classic' })]);
  const keytab = await kdc.addPrincipal('HTTP/localhost');
  const [ciuser, stranger, outdated] = [
    await kdc.addPrincipal('ciuser'),
    await kdc.addPrincipal('stranger'),
    await kdc.addPrincipal('outdated'),
  ];
  await kdc.changeKey('outdated');
  keytabs = { ciuser, stranger, outdated };
  const backend = { url: dlrn.apiUrl, username: dlrn.username, password: dlrn.password };
  apache = await startRealApache({ root, backend, keytab, allowed: `ciuser@${realm}`, env: kdc.env });
  await writeFile(join(root, 'no-kdc.conf'), krb5Conf(1));
  await writeFile(join(root, 'no-realm.conf'), krb5Conf(null));
  await recordCurl();
});

test.after.always('the peers end', async () => {
  await apache?.close();
  await Promise.all([dlrn?.close(), kdc?.close()]);
  await rm(root, { recursive: true, force: true });
});

const job = 'periodic-fs001';

/** A curl that writes down its arguments, one a line, and is then the real one. */
function recordCurl(): Promise<void> {
  const note = `printf '%s\\n' "$@" >> ${join(root, 'arguments')}`;
  return makeCurl(join(root, 'bin'), `${note}\nexec ${tool('curl')} "$@"`);
}

async function makeCurl(folder: string, script: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'curl'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'curl'), 0o755);
}

interface Asked {
  readonly apiUrl?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs an action with a tagflow.yaml that says Kerberos, in an environment without a ticket. */
async function tagflow(
  action: string,
  { apiUrl = apache.closedUrl, flags = [], env = {} }: Asked,
): Promise<TagflowRun> {
  const folder = await mkdtemp(join(root, 'run-'));
  const config = join(folder, 'tagflow.yaml');
  await writeFile(
    config,
    `release: master
distro: centos9
dlrn:
  api-url: ${apiUrl}
  repos-url: ${dlrn.reposUrl}
  auth-method: kerberos
  protected-reads: ${String(apiUrl !== apache.openUrl)}
ledger: { url: 'sqlite:${join(root, 'ledger.db')}' }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [${job}] } }
`,
  );
  const whole = {
    PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
    HOME: folder,
    TMPDIR: folder,
    KRB5CCNAME: `FILE:${join(folder, 'no-ticket')}`,
    ...kdc.env,
    ...env,
  };
  return startTagflow([action, '--config', config, '--phase', 'upstream', ...flags], { cwd: folder, env: whole }).ended;
}

const hashOf = (directory: string): string => directory.split('/').at(-1) ?? '';

/** The newest build, and what a vote on it needs. */
function ballot(logUrl: string): { readonly hash: string; readonly flags: readonly string[] } {
  const { directory } = dlrn.seed.at(-1)!;
  const hash = hashOf(directory);
  const flags = ['--full-hash', hash, '--repo-url', `${dlrn.reposUrl}/${directory}`, '--job', job];
  return { hash, flags: [...flags, '--status', 'success', '--log-url', logUrl] };
}

test.serial('a pin, a vote and a promotion with nothing but a keytab', async (t) => {
  const keytab = ['--keytab', keytabs.ciuser];
  const { hash, flags } = ballot('http://ci.example/1');
  const pin = await tagflow('promote-symlink', { flags: ['--mode', 'pin', ...keytab] });
  t.deepEqual([pin.outcome, pin.outputs['full-hash']], ['done', hash], pin.stderr);
  const vote = await tagflow('report-result', { flags: [...flags, ...keytab] });
  t.is(vote.outcome, 'done', vote.stderr);
  t.like(JSON.parse(vote.outputs['vote'] ?? ''), { job, result: 'success', user: dlrn.username });
  const again = await tagflow('report-result', { flags: [...flags, ...keytab] });
  t.is(again.outcome, 'nothing-to-do', again.stderr);
  const promoted = await tagflow('promote-symlink', { flags: keytab });
  t.is(promoted.outcome, 'done', promoted.stderr);
  t.is(hashOf(await readlink(join(dlrn.reposDirectory, 'current-tripleo'))), hash);

  const rows = await runForeign('curl', ['-sSf', `${dlrn.apiUrl}/api/promotions?promote_name=current-tripleo`]);
  t.is((JSON.parse(rows) as readonly unknown[]).length, 1);
  const requests = await apache.requests();
  const writes = requests.filter((line) => / POST /.test(line));
  t.true(requests.some((line) => / GET /.test(line)) && writes.some((line) => line.endsWith('/api/promote')));
  t.is(writes.filter((line) => line.endsWith('/api/report_result')).length, 1, 'a vote goes out once');
  t.deepEqual(
    requests.filter((line) => !line.startsWith('20') || !line.includes(` ciuser@${realm} `)),
    [],
    'no request had to be asked for twice, and every one was logged in',
  );
});

test.serial('reads that everybody may do are done without a login', async (t) => {
  const before = (await apache.requests()).length;
  const { flags } = ballot('http://ci.example/2');
  const run = await tagflow('report-result', { apiUrl: apache.openUrl, flags: [...flags, '--keytab', keytabs.ciuser] });
  t.is(run.outcome, 'done', run.stderr);
  t.deepEqual(
    (await apache.requests()).slice(before).map((line) => line.split(' ').slice(1, 3).join(' ')),
    ['- GET', `ciuser@${realm} POST`, '- GET'],
  );
});

test.serial('a ticket of kinit does as well, until it has expired', async (t) => {
  const ticket = { KRB5CCNAME: `FILE:${join(root, 'ticket')}` };
  const env = { ...kdc.env, ...ticket };
  const { flags } = ballot('http://ci.example/3');
  await runForeign('kinit', ['-k', '-t', keytabs.ciuser, 'ciuser'], { env });
  const run = await tagflow('report-result', { flags, env: ticket });
  t.is(run.outcome, 'done', run.stderr);

  await runForeign('kinit', ['-l', '1s', '-k', '-t', keytabs.ciuser, 'ciuser'], { env });
  // Both sides count in seconds, and round differently: it is over when it is.
  let late = run;
  while (late.exitCode === 0) late = await tagflow('report-result', { flags, env: ticket });
  t.is(late.outcome, 'invalid', late.stderr);
  t.regex(late.message, /the ticket has expired/);
  t.regex(late.stderr, /Run kinit again, or give a keytab/);
});

test.serial('a clock that is wrong is named', async (t) => {
  const ticket = { KRB5CCNAME: `FILE:${join(root, 'ticket-of-now')}` };
  await runForeign('kinit', ['-k', '-t', keytabs.ciuser, 'ciuser'], { env: { ...kdc.env, ...ticket } });
  const late = join(root, 'late');
  await makeCurl(late, `exec ${tool('faketime')} -f -30m ${tool('curl')} "$@"`);
  const env = { ...ticket, PATH: `${late}:/usr/bin:/bin` };
  const run = await tagflow('report-result', { flags: ballot('http://ci.example/4').flags, env });
  t.is(run.outcome, 'failed', run.stderr);
  t.regex(run.message, /this machine's clock and the KDC's are too far apart/);
  t.regex(run.stderr, /Set the clock/);
});

interface Refusal {
  readonly title: string;
  readonly asked: () => Asked;
  readonly outcome: string;
  readonly message: RegExp;
  readonly next: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    title: 'no ticket',
    asked: () => ({}),
    outcome: 'invalid',
    message: /Kerberos for HTTP\/localhost: there is no ticket/,
    next: /Run kinit before, or give a keytab/,
  },
  {
    title: 'a principal that is not let in',
    asked: () => ({ flags: ['--keytab', keytabs.stranger] }),
    outcome: 'failed',
    message: /answered 401: .*; it does not let in principal stranger@LAB\.TEST/,
    next: /Check that DLRN knows principal stranger@LAB\.TEST/,
  },
  {
    title: 'a keytab that is out of date',
    asked: () => ({ flags: ['--keytab', keytabs.outdated] }),
    outcome: 'invalid',
    message: /outdated\.keytab: the KDC does not take the keytab's key any more/,
    next: /Have a new keytab made/,
  },
  {
    title: 'no KDC',
    asked: () => ({ flags: ['--keytab', keytabs.ciuser], env: { KRB5_CONFIG: join(root, 'no-kdc.conf') } }),
    outcome: 'waiting',
    message: /no KDC answers \(Cannot contact any KDC for realm 'LAB\.TEST'\)/,
    next: /Try again later/,
  },
  {
    title: 'a server that the KDC does not know',
    asked: () => ({
      flags: ['--keytab', keytabs.ciuser],
      apiUrl: apache.closedUrl.replace('localhost', '127.0.0.1'),
    }),
    outcome: 'failed',
    message: /Kerberos for HTTP\/127\.0\.0\.1 with keytab .*: the KDC does not know this server/,
    next: /server's own name in the URL/,
  },
  {
    title: 'a machine that does not know the realm',
    asked: () => ({ flags: ['--keytab', keytabs.ciuser], env: { KRB5_CONFIG: join(root, 'no-realm.conf') } }),
    outcome: 'failed',
    message: /Kerberos is not set up on this machine \(Cannot find KDC for realm "LAB\.TEST"\)/,
    next: /krb5\.conf/,
  },
  {
    title: 'a password where there is Kerberos',
    asked: () => ({
      flags: ['--auth-method', 'basic', '--username', 'ciuser', '--password-env', 'PASSWORD'],
      env: { PASSWORD: 'of-somebody' },
    }),
    outcome: 'failed',
    message: /answered 401: .*; it does not let in user ciuser/,
    next: /another way: auth-method kerberos/,
  },
];

for (const { title, asked, outcome, message, next } of refusals) {
  test.serial(`refused: ${title}`, async (t) => {
    const { hash, flags } = ballot(`http://ci.example/${encodeURIComponent(title)}`);
    const votes = (): Promise<string> => {
      const { commitHash, distroHash } = dlrn.seed.at(-1)!;
      return runForeign('curl', [
        '-sSf',
        `${dlrn.apiUrl}/api/repo_status?commit_hash=${commitHash}&distro_hash=${distroHash}`,
      ]);
    };
    const before = await votes();
    t.true(before.includes(hash.slice(0, 40)), 'there are votes that stay as they are');
    const { flags: more = [], ...rest } = asked();
    const vote = await tagflow('report-result', { ...rest, flags: [...flags, ...more] });
    t.is(vote.outcome, outcome, vote.stderr);
    t.regex(vote.message, message);
    t.regex(vote.stderr, next);
    t.is(await votes(), before);

    const pin = await tagflow('promote-symlink', {
      ...rest,
      flags: ['--mode', 'pin', '--full-hash', oldHash(), ...more],
    });
    t.not(pin.exitCode, 0, pin.stderr);
    t.regex(pin.message, message);
    t.is(hashOf(await readlink(join(dlrn.reposDirectory, 'tripleo-ci-testing'))), hash, 'nothing moved');
  });
}

const oldHash = (): string => hashOf(dlrn.seed[0]!.directory);

test.serial('a token is good for one request only, and no secret was in an argument', async (t) => {
  const variables = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ...kdc.env } as Readonly<Record<string, string>>;
  const login = await kerberosLogin({ keytab: keytabs.ciuser, env: (name) => variables[name] });
  const url = new URL(`${apache.closedUrl}/api/health`);
  const { signal } = new AbortController();
  const [one, other] = [await login.authorize(url, signal), await login.authorize(url, signal)];
  t.not(one, other);
  const statusOf = async (authorization: string): Promise<number> =>
    (await fetch(url, { headers: { authorization } })).status;
  t.deepEqual([await statusOf(one), await statusOf(other), await statusOf(one)], [200, 200, 401]);

  const words = await readFile(join(root, 'arguments'), 'utf8');
  t.true(words.includes('--negotiate') && words.includes('http://localhost/'));
  for (const secret of [one.split(' ')[1] ?? '', 'Negotiate ', dlrn.password, 'of-somebody', 'keytab']) {
    t.false(words.includes(secret), secret);
  }
});
