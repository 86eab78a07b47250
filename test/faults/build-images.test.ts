import { once } from 'node:events';
import { mkdtemp, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { answerOf, startTagflow } from '../pipelines/tagflow.ts';

const fullHash = `${'a'.repeat(40)}_${'b'.repeat(8)}`;

/** A build by a shell script, in a process of its own; the same folder gives a later build what is left of this one. */
function startBuild(folder: string, script: string, ...more: readonly string[]) {
  const command = `sh -c '${script}'`;
  const inputs = { 'full-hash': fullHash, release: 'master', files: 'a.img', command, 'out-dir': join(folder, 'out') };
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  return startTagflow(['build-images', ...flags, ...more], {}, folder);
}

async function temporary(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-build-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Nobody may have asked yet how it ended: then it is there, and dead. */
async function lives(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return status !== null && !/\) [ZX] /.test(status);
}

const leave = `echo image > "$TAGFLOW_OUT_DIR/a.img"; echo $TAGFLOW_FULL_HASH > "$TAGFLOW_OUT_DIR/full-hash"`;

test('a builder that hangs is ended with all that it started, at its time limit; its log is kept and told', async (t) => {
  const folder = await temporary(t);
  const script = `${leave}; echo halfway; sleep 600 & echo $! > "$TAGFLOW_OUT_DIR/child"; wait`;
  const ended = await startBuild(folder, script, '--timeout', '1s').ended;
  t.is(ended.exitCode, 1, ended.stderr);
  const { outcome, outputs } = answerOf(ended);
  t.is(outcome, 'failed');
  t.deepEqual(
    Object.keys(outputs).sort(),
    ['log-url', 'outcome'].filter((name) => name in outputs),
  );
  t.regex(ended.stderr, /the builder of images did not succeed: it ran longer than 1 s; log: file:/);
  t.regex(await readFile(fileURLToPath(outputs['log-url'] ?? ''), 'utf8'), /halfway/);
  t.false(await lives(Number(await readFile(join(folder, 'out', 'images', 'child'), 'utf8'))));
});

const deaths: readonly (readonly [string, string, RegExp])[] = [
  ['a builder that is killed', `${leave}; kill -9 $$`, /did not succeed: .*(?:SIGKILL|137)/],
  [
    'a full disk, and a builder that says so',
    `${leave}; echo x > /dev/full`,
    /did not succeed: it ended with exit code/,
  ],
  [
    'a disk that takes no more, and a builder that does not care',
    `ulimit -f 1; ${leave}; head -c 40000 /dev/zero | tr "\\\\0" x > "$TAGFLOW_OUT_DIR/b.tar" || true`,
    /b\.tar is no tar archive/,
  ],
];
for (const [name, script, words] of deaths) {
  test(`failed: ${name}`, async (t) => {
    const ended = await startBuild(await temporary(t), script, '--files', 'a.img,b.tar').ended;
    t.is(ended.exitCode, 1, ended.stderr);
    t.is(answerOf(ended).outputs['set'], undefined);
    t.regex(ended.stderr, words);
  });
}

test('tagflow dies while the builder works: the next tagflow finds it, and nothing is built twice', async (t) => {
  const folder = await temporary(t);
  const [begun, go] = [join(folder, 'begun'), join(folder, 'go')];
  const script = `${leave}; echo begun >> ${begun}; until test -e ${go}; do sleep 0.1; done`;
  const first = startBuild(folder, script);
  for await (const _ of watch(folder, { signal: AbortSignal.timeout(60_000) })) {
    if ((await readFile(begun, 'utf8').catch(() => '')) !== '') break;
  }
  first.child.kill('SIGKILL');
  await once(first.child, 'close').catch(() => undefined);
  await writeFile(go, '');
  const second = await startBuild(folder, script).ended;
  t.is(second.exitCode, 0, second.stderr);
  const { outcome, outputs } = answerOf(second);
  t.is(outcome, 'done');
  t.regex(await readFile(outputs['set'] ?? '', 'utf8'), /a\.img/);
  t.is(await readFile(begun, 'utf8'), 'begun\n');
});
