import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { realm } from './kerberos/real-kdc.ts';
import { ballot, hashOf, type KerberosWorld, startKerberosWorld } from './kerberos/world.ts';

// The KDC and Apache know HTTP/localhost alone: to them, 127.0.0.1 is an alias.
let world: KerberosWorld;
let alias: string;
let keytab: readonly string[];

test.before('the peers start', async () => {
  world = await startKerberosWorld();
  alias = world.apache.closedUrl.replace('localhost', '127.0.0.1');
  keytab = ['--keytab', world.keytabs.ciuser];
});

test.after.always('the peers end', async () => {
  await world?.close();
});

const named = ['--server-principal', 'HTTP/localhost'];

test.serial('a DLRN behind an alias is voted at by its own name', async (t) => {
  const { flags } = ballot(world.dlrn, 'http://ci.example/alias');
  const without = await world.tagflow('report-result', { apiUrl: alias, flags: [...flags, ...keytab] });
  t.is(without.outcome, 'failed', without.stderr);
  t.regex(without.message, /Kerberos for HTTP\/127\.0\.0\.1 with keytab .*: the KDC does not know this server/);
  t.regex(without.stderr, /give server-principal with the own name of the server/);
  const vote = await world.tagflow('report-result', { apiUrl: alias, flags: [...flags, ...keytab, ...named] });
  t.is(vote.outcome, 'done', vote.stderr);
});

test.serial('tagflow.yaml may name it for all: a pin, and a question', async (t) => {
  const asked = { apiUrl: alias, serverPrincipal: 'HTTP/localhost' };
  const pin = await world.tagflow('promote-symlink', { ...asked, flags: ['--mode', 'pin', ...keytab] });
  t.is(pin.outcome, 'done', pin.stderr);
  const { hash } = ballot(world.dlrn, '');
  t.is(hashOf(await readlink(join(world.dlrn.reposDirectory, 'tripleo-ci-testing'))), hash);
  const question = ['--label', 'tripleo-ci-testing', '--as-of', new Date().toISOString(), ...keytab];
  const found = await world.tagflow('get-repo-hash', { ...asked, flags: question });
  t.is(found.outputs['full-hash'], hash, found.stderr);
  const info = await readFile(found.outputs['hash-info'] ?? '', 'utf8');
  t.regex(info, /^export DLRNAPI_SERVER_PRINCIPAL='HTTP\/localhost'$/m);
  const given = [...question, '--server-principal', 'HTTP/nobody'];
  const wrong = await world.tagflow('get-repo-hash', { ...asked, flags: given });
  t.regex(wrong.message, /Kerberos for HTTP\/nobody .*: the KDC does not know this server/, 'what is given wins');
  t.regex(wrong.stderr, /next: Check server-principal/);
});

/** Returns the path of a krb5.conf that has more words than that of the peers. */
async function krb5ConfWith(name: string, change: (text: string) => string): Promise<{ readonly KRB5_CONFIG: string }> {
  const path = join(world.root, name);
  await writeFile(path, change(await readFile(world.kdc.env['KRB5_CONFIG'] ?? '', 'utf8')));
  return { KRB5_CONFIG: path };
}

test.serial('a name that was given is taken as it is, whatever krb5.conf makes of names', async (t) => {
  const env = await krb5ConfWith('suffix.conf', (text) =>
    text.replace('[libdefaults]', '[libdefaults]\n  qualify_shortname = elsewhere.test'),
  );
  const { flags } = ballot(world.dlrn, 'http://ci.example/suffix');
  const without = await world.tagflow('report-result', { env, flags: [...flags, ...keytab] });
  t.regex(without.message, /does not know this server .*ELSEWHERE\.TEST/);
  const vote = await world.tagflow('report-result', { env, flags: [...flags, ...keytab, ...named] });
  t.is(vote.outcome, 'done', vote.stderr);
});

test.serial('so is its realm, as long as that one trusts the realm of the user', async (t) => {
  const env = await krb5ConfWith('realm.conf', (text) => `${text}\n[domain_realm]\n  localhost = OTHER.TEST\n`);
  const { flags } = ballot(world.dlrn, 'http://ci.example/realm');
  const without = await world.tagflow('report-result', { env, flags: [...flags, ...keytab, ...named] });
  t.not(without.exitCode, 0, 'without a realm, that of krb5.conf counts');
  t.regex(without.message, /OTHER\.TEST/);
  const principal = (of: string): readonly string[] => ['--server-principal', `HTTP/localhost@${of}`];
  const vote = await world.tagflow('report-result', { env, flags: [...flags, ...keytab, ...principal(realm)] });
  t.is(vote.outcome, 'done', vote.stderr);

  const stranger = await world.tagflow('report-result', { flags: [...flags, ...keytab, ...principal('OTHER.TEST')] });
  t.is(stranger.outcome, 'failed', stranger.stderr);
  t.regex(stranger.message, /Kerberos for HTTP\/localhost@OTHER\.TEST with keytab .*OTHER\.TEST/);
  t.regex(
    stranger.stderr,
    /next: Check server-principal: .* its realm, which has to be one that trusts that of the user/,
  );
});
