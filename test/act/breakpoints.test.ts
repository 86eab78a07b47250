import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { root } from '../../scripts/workspaces.ts';
import {
  attach,
  type InspectorClient,
  type InspectorEvent,
} from '../../packages/action-kit/test/support/inspector-client.ts';
import { generatedPosition } from './source-map.ts';

const mark = 'const request = buildRequest(';
const source = globSync('actions/promote-symlink/src/*.ts', { cwd: root })
  .map((file) => join(root, file))
  .find((file) => readFileSync(file, 'utf8').includes(mark));
const line = readFileSync(source ?? '', 'utf8')
  .split('\n')
  .findIndex((text) => text.includes(mark));

test('npm run act -- upstream --inspect NAME: a breakpoint in the sources hits, and the run ends well', async (t) => {
  const child = spawn(process.execPath, ['scripts/act.ts', 'upstream', '--job', 'pin', '--inspect', 'pin'], {
    cwd: root,
    env: { ...process.env, TAGFLOW_INSPECT_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGINT'));
  const printed: string[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    printed.push(text);
    const [, url] = / waits for a debugger on 127\.0\.0\.1:\d+: .*\((ws:\S+)\)/.exec(text) ?? [];
    if (url !== undefined) await debug(url);
  }
  if (child.exitCode === null) await once(child, 'close');
  t.is(child.exitCode, 0, printed.join('\n'));
  t.is(printed.filter((text) => text.includes('waits for a debugger')).length, 1, 'only the step that was asked for');
  t.true(printed.some((text) => text.includes('promote-symlink: done: tripleo-ci-testing')));

  async function debug(url: string): Promise<void> {
    const client = await attach(url);
    await client.send('Debugger.enable');
    await client.send('Runtime.runIfWaitingForDebugger');
    const { reason } = await client.next('Debugger.paused');
    t.is(reason, 'other', 'it stands still before it reads inputs');
    // What is loaded later is looked at before it runs, as editors do.
    await client.send('Debugger.setInstrumentationBreakpoint', {
      instrumentation: 'beforeScriptWithSourceMapExecution',
    });
    let breakpoint = await setBreakpoint(client, client.seen('Debugger.scriptParsed'));
    for (;;) {
      await client.send('Debugger.resume');
      const { reason: why, data, hitBreakpoints } = await client.next('Debugger.paused');
      if (why !== 'instrumentation') {
        t.deepEqual(hitBreakpoints, [breakpoint]);
        break;
      }
      breakpoint ??= await setBreakpoint(client, [data as InspectorEvent['params']]);
    }
    await client.send('Debugger.resume');
    client.close();
  }
});

/** Sets a breakpoint where the map of one of the scripts says that the line of the source went; returns its id. */
async function setBreakpoint(
  client: InspectorClient,
  scripts: readonly InspectorEvent['params'][],
): Promise<string | null> {
  const wanted = pathToFileURL(source ?? '').href;
  for (const script of scripts) {
    const [url, map] = [`${script['url'] as string}`, `${script['sourceMapURL'] as string}`];
    if (!url.startsWith('file:') || !map.endsWith('.map')) continue;
    const text = await readFile(new URL(map, url), 'utf8');
    const place = generatedPosition(JSON.parse(text) as Parameters<typeof generatedPosition>[0], wanted, line);
    if (place === null) continue;
    const where = { url, lineNumber: place.line, columnNumber: place.column };
    return `${(await client.send('Debugger.setBreakpointByUrl', where))['breakpointId'] as string}`;
  }
  return null;
}
