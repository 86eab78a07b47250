import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { build } from 'esbuild';
import { systemClock } from '../src/index.ts';
import { runChild, sampleMain } from './support/run-child.ts';

test('SIGTERM ends a command in order: its outcome, its reason, its exit code', async (t) => {
  const { code, stdout, stderr } = await runChild(sampleMain, ['--release=x', '--how=sleep'], {}, (child) => {
    child.stderr.once('data', () => child.kill('SIGTERM'));
  });
  t.is(code, 1, stderr);
  t.like(JSON.parse(stdout), { outcome: 'failed', error: { code: 'interrupted', message: 'interrupted by SIGTERM' } });
  t.regex(stderr, /^asleep\nSIGTERM: stopping;/);
});

test('a second signal is ignored with a sentence', async (t) => {
  const { stderr, stdout, code } = await runChild(sampleMain, ['--release=x', '--how=hang'], {}, (child) => {
    child.stderr.on('data', (chunk: Buffer | string) => {
      const text = chunk.toString();
      if (text.includes('hanging')) child.kill('SIGINT');
      if (text.includes('SIGINT: stopping')) child.kill('SIGTERM');
      if (text.includes('SIGTERM again: ignored')) child.kill('SIGKILL');
    });
  });
  // Ended by the SIGKILL that this test sends last, not by the SIGTERM before it.
  t.regex(stderr, /SIGTERM again: ignored/);
  t.is(code, null);
  t.is(stdout, '');
});

test('an error that nobody awaits ends as half-done, told without secrets', async (t) => {
  const { code, stdout, stderr } = await runChild(sampleMain, ['--release=x', '--how=crash', '--password-env=PW'], {
    PW: 'hunter2',
  });
  t.is(code, 4, stderr);
  t.like(JSON.parse(stdout), { outcome: 'half-done', error: { code: 'crashed', causes: ['nobody awaits this ***'] } });
  t.false((stdout + stderr).includes('hunter2'));
});

test('work that can never end is half-done as well', async (t) => {
  const { code, stdout, stderr } = await runChild(sampleMain, ['--release=x', '--how=stuck'], {});
  t.is(code, 4, stderr);
  t.like(JSON.parse(stdout), { outcome: 'half-done', error: { code: 'crashed' } });
});

test('a reader of stdout that went away breaks nothing', async (t) => {
  const { code } = await runChild(sampleMain, ['--release=x'], {}, (child) => child.stdout.destroy());
  t.is(code, 0);
});

test('a built action runs as a command without loading @actions/core, and as a step with it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await build({
    entryPoints: { sample: sampleMain },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  const script = join(folder, 'sample.mjs');
  t.notRegex(await readFile(script, 'utf8'), /issueCommand|undici/);
  const command = await runChild(script, ['--release=x', '--how=nothing'], {});
  t.is(command.code, 0, command.stderr);
  t.is(JSON.parse(command.stdout).outcome, 'nothing-to-do');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_ACTION: 'x', INPUT_RELEASE: 'x', INPUT_HOW: 'nothing' };
  const step = await runChild(script, [], env);
  t.is(step.code, 0, step.stderr);
  t.regex(step.stdout, /sample-action: nothing-to-do/);
});

test('the clock sleeps, and wakes with the reason of an abort', async (t) => {
  await systemClock.sleep(1);
  const controller = new AbortController();
  const slept = systemClock.sleep(2 ** 40, controller.signal);
  controller.abort(new Error('enough'));
  await t.throwsAsync(slept, { message: 'enough' });
  await t.throwsAsync(systemClock.sleep(2 ** 40, controller.signal), { message: 'enough' });
});
