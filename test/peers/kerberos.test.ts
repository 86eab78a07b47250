import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { kerberosLogin } from '@tagflow/http';
import { tool } from '../../scripts/tools.ts';
import { runForeign } from './foreign.ts';
import { krb5Conf, realm } from './kerberos/real-kdc.ts';
import {
  type Asked,
  ballot as ballotOn,
  hashOf,
  job,
  type KerberosWorld,
  makeCurl,
  startKerberosWorld,
} from './kerberos/world.ts';

let world: KerberosWorld;

test.before('the peers start', async () => {
  world = await startKerberosWorld();
  await writeFile(join(world.root, 'no-kdc.conf'), krb5Conf(1));
  await writeFile(join(world.root, 'no-realm.conf'), krb5Conf(null));
});

test.after.always('the peers end', async () => {
  await world?.close();
});

const ballot = (logUrl: string): ReturnType<typeof ballotOn> => ballotOn(world.dlrn, logUrl);

test.serial('a pin, a vote and a promotion with nothing but a keytab', async (t) => {
  const keytab = ['--keytab', world.keytabs.ciuser];
  const { hash, flags } = ballot('http://ci.example/1');
  const pin = await world.tagflow('promote-symlink', { flags: ['--mode', 'pin', ...keytab] });
  t.deepEqual([pin.outcome, pin.outputs['full-hash']], ['done', hash], pin.stderr);
  const vote = await world.tagflow('report-result', { flags: [...flags, ...keytab] });
  t.is(vote.outcome, 'done', vote.stderr);
  t.like(JSON.parse(vote.outputs['vote'] ?? ''), { job, result: 'success', user: world.dlrn.username });
  const again = await world.tagflow('report-result', { flags: [...flags, ...keytab] });
  t.is(again.outcome, 'nothing-to-do', again.stderr);
  const promoted = await world.tagflow('promote-symlink', { flags: keytab });
  t.is(promoted.outcome, 'done', promoted.stderr);
  t.is(hashOf(await readlink(join(world.dlrn.reposDirectory, 'current-tripleo'))), hash);

  const rows = await runForeign('curl', ['-sSf', `${world.dlrn.apiUrl}/api/promotions?promote_name=current-tripleo`]);
  t.is((JSON.parse(rows) as readonly unknown[]).length, 1);
  const requests = await world.apache.requests();
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
  const before = (await world.apache.requests()).length;
  const { flags } = ballot('http://ci.example/2');
  const run = await world.tagflow('report-result', {
    apiUrl: world.apache.openUrl,
    flags: [...flags, '--keytab', world.keytabs.ciuser],
  });
  t.is(run.outcome, 'done', run.stderr);
  t.deepEqual(
    (await world.apache.requests()).slice(before).map((line) => line.split(' ').slice(1, 3).join(' ')),
    ['- GET', `ciuser@${realm} POST`, '- GET'],
  );
});

test.serial('a ticket of kinit does as well, until it has expired', async (t) => {
  const ticket = { KRB5CCNAME: `FILE:${join(world.root, 'ticket')}` };
  const env = { ...world.kdc.env, ...ticket };
  const { flags } = ballot('http://ci.example/3');
  await runForeign('kinit', ['-k', '-t', world.keytabs.ciuser, 'ciuser'], { env });
  const run = await world.tagflow('report-result', { flags, env: ticket });
  t.is(run.outcome, 'done', run.stderr);

  await runForeign('kinit', ['-l', '1s', '-k', '-t', world.keytabs.ciuser, 'ciuser'], { env });
  // Both sides count in seconds, and round differently: it is over when it is.
  let late = run;
  while (late.exitCode === 0) late = await world.tagflow('report-result', { flags, env: ticket });
  t.is(late.outcome, 'invalid', late.stderr);
  t.regex(late.message, /the ticket has expired/);
  t.regex(late.stderr, /Run kinit again, or give a keytab/);
});

test.serial('a clock that is wrong is named', async (t) => {
  const ticket = { KRB5CCNAME: `FILE:${join(world.root, 'ticket-of-now')}` };
  await runForeign('kinit', ['-k', '-t', world.keytabs.ciuser, 'ciuser'], { env: { ...world.kdc.env, ...ticket } });
  const late = join(world.root, 'late');
  await makeCurl(late, `exec ${tool('faketime')} -f -30m ${tool('curl')} "$@"`);
  const env = { ...ticket, PATH: `${late}:/usr/bin:/bin` };
  const run = await world.tagflow('report-result', { flags: ballot('http://ci.example/4').flags, env });
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
    asked: () => ({ flags: ['--keytab', world.keytabs.stranger] }),
    outcome: 'failed',
    message: /answered 401: .*; it does not let in principal stranger@LAB\.TEST/,
    next: /Check that DLRN knows principal stranger@LAB\.TEST/,
  },
  {
    title: 'a keytab that is out of date',
    asked: () => ({ flags: ['--keytab', world.keytabs.outdated] }),
    outcome: 'invalid',
    message: /outdated\.keytab: the KDC does not take the keytab's key any more/,
    next: /Have a new keytab made/,
  },
  {
    title: 'no KDC',
    asked: () => ({ flags: ['--keytab', world.keytabs.ciuser], env: { KRB5_CONFIG: join(world.root, 'no-kdc.conf') } }),
    outcome: 'waiting',
    message: /no KDC answers \(Cannot contact any KDC for realm 'LAB\.TEST'\)/,
    next: /Try again later/,
  },
  {
    title: 'a server that the KDC does not know',
    asked: () => ({
      flags: ['--keytab', world.keytabs.ciuser],
      apiUrl: world.apache.closedUrl.replace('localhost', '127.0.0.1'),
    }),
    outcome: 'failed',
    message: /Kerberos for HTTP\/127\.0\.0\.1 with keytab .*: the KDC does not know this server/,
    next: /Where the URL has an alias, give server-principal/,
  },
  {
    title: 'a machine that does not know the realm',
    asked: () => ({
      flags: ['--keytab', world.keytabs.ciuser],
      env: { KRB5_CONFIG: join(world.root, 'no-realm.conf') },
    }),
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
      const { commitHash, distroHash } = world.dlrn.seed.at(-1)!;
      return runForeign('curl', [
        '-sSf',
        `${world.dlrn.apiUrl}/api/repo_status?commit_hash=${commitHash}&distro_hash=${distroHash}`,
      ]);
    };
    const before = await votes();
    t.true(before.includes(hash.slice(0, 40)), 'there are votes that stay as they are');
    const { flags: more = [], ...rest } = asked();
    const vote = await world.tagflow('report-result', { ...rest, flags: [...flags, ...more] });
    t.is(vote.outcome, outcome, vote.stderr);
    t.regex(vote.message, message);
    t.regex(vote.stderr, next);
    t.is(await votes(), before);

    const pin = await world.tagflow('promote-symlink', {
      ...rest,
      flags: ['--mode', 'pin', '--full-hash', oldHash(), ...more],
    });
    t.not(pin.exitCode, 0, pin.stderr);
    t.regex(pin.message, message);
    t.is(hashOf(await readlink(join(world.dlrn.reposDirectory, 'tripleo-ci-testing'))), hash, 'nothing moved');
  });
}

const oldHash = (): string => hashOf(world.dlrn.seed[0]!.directory);

test.serial('a token is good for one request only, and no secret was in an argument', async (t) => {
  const variables = { PATH: `${world.recording}:/usr/bin:/bin`, ...world.kdc.env } as Readonly<Record<string, string>>;
  const login = await kerberosLogin({ keytab: world.keytabs.ciuser, env: (name) => variables[name] });
  const url = new URL(`${world.apache.closedUrl}/api/health`);
  const { signal } = new AbortController();
  const [one, other] = [await login.authorize(url, signal), await login.authorize(url, signal)];
  t.not(one, other);
  const statusOf = async (authorization: string): Promise<number> =>
    (await fetch(url, { headers: { authorization } })).status;
  t.deepEqual([await statusOf(one), await statusOf(other), await statusOf(one)], [200, 200, 401]);

  const words = await readFile(join(world.root, 'arguments'), 'utf8');
  t.true(words.includes('--negotiate') && words.includes('http://localhost/'));
  for (const secret of [one.split(' ')[1] ?? '', 'Negotiate ', world.dlrn.password, 'of-somebody', 'keytab']) {
    t.false(words.includes(secret), secret);
  }
});
