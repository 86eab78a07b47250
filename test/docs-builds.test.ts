import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { webHookHeaders } from '@tagflow/http';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test, { type ExecutionContext } from 'ava';
import { root } from '../scripts/workspaces.ts';
import { commands, digest, hookKey, marks, page, startReader } from './docs-builds-reader.ts';
import { type Answered, blocks, shell, textOf } from './docs-page.ts';
import { readTruth } from './pipelines/truth.ts';

// docs/builds.md, as a reader would follow it: every command, one after another, and what it gives to receivers.

const [shownBuild = '', shownHandOff = ''] = blocks(page, 'text');
const [python = ''] = blocks(page, 'python');
const [javascript = ''] = blocks(page, 'js');

test('docs/builds.md: every command is run by a test', (t) => {
  for (const command of commands) {
    const known = Object.values(marks).filter((mark) => command.includes(mark));
    t.is(known.length, 1, `${command}: ${known.join(', ')}`);
  }
  t.is(commands.length, Object.keys(marks).length);
  // The two that are not run here: both zones, one after the other, are what that test is about.
  const zones = readFileSync(join(root, 'test/pipelines/four-phases.test.ts'), 'utf8');
  t.true(zones.includes('run(world.zones.outside)') && zones.includes('run(world.zones.inside)'));
});

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes deliveries as the page says that a receiver does. */
async function startReceiver(t: ExecutionContext): Promise<{ readonly url: string; readonly calls: readonly Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { headers } = request;
      const key = webHookHeaders.key.toLowerCase();
      const isKnown = calls.some((call) => call.headers[key] === headers[key]);
      calls.push({ headers, body: Buffer.concat(pieces) });
      response.writeHead(isKnown ? 409 : 200).end(JSON.stringify({ taken: 'by osp' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/incoming`, calls };
}

test('docs/builds.md: every command does what the page says, in one lab', async (t) => {
  const { world, hash, run, spawn } = await startReader(t);
  const { lab } = world;
  const says = (shown: string, said: string): void => {
    const lines = said.replaceAll(hash, 'HASH').replaceAll(pathToFileURL(lab.root).href, 'file:///srv').split('\n');
    t.true(lines.includes(shown), `${shown}\n\nis not in:\n${said}`);
  };

  const ends = async (outcome: string, ended: Promise<Answered>): Promise<Answered> => {
    const answer = await ended;
    t.is(answer.outcome, outcome, answer.said);
    return answer;
  };

  // How do I write a builder?
  const images = await ends('done', spawn('images'));
  for (const line of shownBuild.split('\n')) says(line, images.said);
  const names = ['delorean.repo', 'ironic-python-agent.tar', 'overcloud-full.tar'];
  const left = await readdir(join(lab.root, 'built/images'));
  for (const name of [...names, 'overcloud-full.tar.md5', 'overcloud-full.tar.sha256'])
    t.true(left.includes(name), name);
  await ends('done', run('publish'));
  await ends('nothing-to-do', run('images'));
  const containers = await ends('done', spawn('containers'));
  t.is(containers.outputs['source'], `oci:${join(lab.root, 'built-containers/containers/{name}')}`);
  t.is((await ends('done', run('push'))).outputs['copied'], '4');

  // When does the candidate's own tag move?
  await ends('done', run('follow'));
  t.like(await readTruth(lab, 'tripleo-ci-testing'), { rdo: hash, public: hash });

  // RDO on RHEL
  await ends('done', run('fetch'));
  const rhel = await ends('done', spawn('rhel'));
  const record: unknown = JSON.parse(await readFile(join(lab.root, 'rhel/build.json'), 'utf8'));
  t.like(record, { schema: 'tagflow/build/v1', inputs: { baseImage: { name: 'overcloud-full.tar' } } });
  t.regex(await readFile(rhel.outputs['set'] ?? '', 'utf8'), /"visibility":"internal"/);

  await ends('done', run('publishRhel'));

  // How is a set handed off?
  for (const [zone, phase] of [
    ['outside', 'upstream'],
    ['outside', 'rdo-phase-1'],
    ['inside', 'rdo-phase-2'],
  ] as const) {
    const config = world.zones[zone];
    const { outcome, message } = await world.act(promoteSymlink, { config, phase, criteria: 'none' });
    t.is(outcome, 'done', message);
  }
  const [first = '', again = ''] = shownHandOff.split('\n');
  const handed = await ends('done', run('handOff'));
  says(first, handed.said);
  const folder = join(lab.root, 'hand-off', hash);
  t.deepEqual((await readdir(folder)).sort(), ['manifest.json', 'set.json', 'versions.csv']);
  const manifest = await readFile(join(folder, 'manifest.json'), 'utf8');
  t.is(handed.outputs['digest'], `sha256:${digest(manifest)}`);
  t.regex(manifest, /"visibility":"internal"/);
  t.is(handed.outputs['receipt'], undefined);
  await writeFile(join(folder, 'acknowledgement.json'), '{"taken":"by osp"}');
  const repeated = await ends('nothing-to-do', run('handOff'));
  says(again, repeated.said);
  t.regex(await readFile(repeated.outputs['receipt'] ?? '', 'utf8'), /"said":\{"taken":"by osp"\}/);

  // By a web hook
  const receiver = await startReceiver(t);
  const hooked = await ends('done', run('webHook', receiver.url));
  const [call] = receiver.calls;
  if (call === undefined) throw new Error('nothing was received');
  t.is(call.headers['idempotency-key'], hooked.outputs['digest']);
  t.regex(await readFile(hooked.outputs['receipt'] ?? '', 'utf8'), /"taken":"by osp"/);
  await ends('nothing-to-do', run('webHook', receiver.url));
  t.is(receiver.calls.length, 1, 'the ledger remembers it');
  for (const header of Object.values(webHookHeaders)) t.true(textOf(page).includes(`\`${header}\``), header);
  await checkReceivers(t, lab.root, call);
});

/** Runs what the page gives receivers, on a real delivery, and on one that was changed on its way. */
async function checkReceivers(t: ExecutionContext, folder: string, { headers, body }: Call): Promise<void> {
  const files = Object.keys((JSON.parse(body.toString()) as { readonly files: object }).files)
    .sort()
    .join(' ');
  const changed = Buffer.from(body.toString().replace('"release":"master"', '"release":"mistress"'));
  const old = { ...headers, 'x-tagflow-timestamp': '1' };

  await writeFile(join(folder, 'receiver.mjs'), javascript);
  const { readDelivery } = (await import(pathToFileURL(join(folder, 'receiver.mjs')).href)) as {
    readonly readDelivery: (headers: IncomingHttpHeaders, body: Buffer, key: string) => object;
  };
  t.is(
    Object.keys(readDelivery(headers, body, hookKey))
      .sort()
      .join(' '),
    files,
  );
  for (const [wrong, key] of [
    [changed, hookKey],
    [body, 'another'],
  ] as const) {
    t.throws(() => readDelivery(headers, wrong, key), { message: 'not signed with our key' });
  }
  t.throws(() => readDelivery(old, body, hookKey), { message: 'not signed with our key' });

  // Not everybody has Python.
  if ((await shell('python3 -c pass', folder, {})).error !== null)
    return void t.log('without python3: receiver.py is not run');
  const titled = Object.entries(webHookHeaders).map(([, name]) => [name, headers[name.toLowerCase()]]);
  await writeFile(join(folder, 'receiver.py'), `${python}\n`);
  await writeFile(join(folder, 'headers.json'), JSON.stringify(Object.fromEntries(titled)));
  for (const [name, bytes] of [
    ['body', body],
    ['changed', changed],
  ] as const)
    await writeFile(join(folder, name), bytes);
  const driver = [
    'import json; from receiver import read_delivery',
    'read = lambda name: open(name, "rb").read()',
    'headers, key = json.loads(read("headers.json")), read("hook-key").strip()',
    'print(*sorted(read_delivery(headers, read("body"), key)))',
    'read_delivery(headers, read("changed"), key)',
  ].join('\n');
  await writeFile(join(folder, 'driver.py'), driver);
  const ran = await shell('python3 driver.py', folder, { PYTHONDONTWRITEBYTECODE: '1' });
  t.is(ran.stdout.trim(), files, ran.stderr);
  t.regex(ran.stderr, /ValueError: not signed with our key/);
}
