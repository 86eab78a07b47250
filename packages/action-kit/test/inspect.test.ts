import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { KitError } from '../src/index.ts';
import { waitForDebugger } from '../src/inspect.ts';
import { attach } from './support/inspector-client.ts';
import { runChild, sampleMain } from './support/run-child.ts';

const step = { GITHUB_ACTIONS: 'true', GITHUB_ACTION: 'x', GITHUB_JOB: 'promote', INPUT_RELEASE: 'x' };

for (const [what, argv, env] of [
  ['a command, by its name', ['--release=x'], { TAGFLOW_INSPECT: 'sample-action' }],
  ['a step, by the id of its job', [], { ...step, TAGFLOW_INSPECT: 'promote' }],
] as const) {
  test(`${what}, waits for a debugger on loopback, stops before it reads inputs, and ends well`, async (t) => {
    let debugged = Promise.resolve();
    const { code, stdout, stderr } = await runChild(
      sampleMain,
      argv,
      { ...env, TAGFLOW_INSPECT_PORT: '0' },
      ({ stderr: stream, stdout: out }) => {
        let written = '';
        out.on('data', (text) => (written += String(text)));
        stream.on('data', (text: Buffer | string) => {
          const [, url = ''] = /waits for a debugger on 127\.0\.0\.1:\d+: .*\((ws:\S+)\)/.exec(text.toString()) ?? [];
          if (url === '') return;
          debugged = (async () => {
            const client = await attach(url);
            await client.send('Debugger.enable');
            await client.send('Runtime.runIfWaitingForDebugger');
            await client.next('Debugger.paused');
            t.is(written, '', 'it read nothing yet');
            await client.send('Debugger.resume');
            client.close();
          })();
        });
      },
    );
    await debugged;
    t.is(code, 0, stderr);
    t.regex(stdout, /done/);
    t.is(stderr.match(/ waits for a debugger /g)?.length, 1, stderr);
  });
}

test('nothing listens without the variable, for another name, or for the job of a command', async (t) => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  for (const env of [{}, { TAGFLOW_INSPECT: '' }, { TAGFLOW_INSPECT: 'other' }, { TAGFLOW_INSPECT_PORT: '0' }]) {
    await waitForDebugger(['sample-action', undefined], { env, say });
  }
  t.deepEqual(said, []);
  const command = await runChild(sampleMain, ['--release=x'], { GITHUB_JOB: 'promote', TAGFLOW_INSPECT: 'promote' });
  t.is(command.code, 0, command.stderr);
  t.notRegex(command.stderr, /debugger/i);
});

test('a port that is none, or that is taken, is told', async (t) => {
  for (const port of ['x', '70000', '-1', '9229 ']) {
    const env = { TAGFLOW_INSPECT: 'a', TAGFLOW_INSPECT_PORT: port };
    const error = await t.throwsAsync(waitForDebugger(['a'], { env, say: () => undefined }), { instanceOf: KitError });
    t.is(error.outcome, 'invalid');
    t.is(error.message, `the variable TAGFLOW_INSPECT_PORT: "${port}" is not a port; allowed: 0 (a free one) to 65535`);
  }
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const port = String((server.address() as AddressInfo).port);
  const env = { TAGFLOW_INSPECT: 'sample-action', TAGFLOW_INSPECT_PORT: port };
  const { code, stderr } = await runChild(sampleMain, ['--release=x'], env);
  t.is(code, 2, stderr);
  t.regex(stderr, new RegExp(`port ${port}, where sample-action was to wait for a debugger, is taken`));
});
