import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Lab, startLab } from '@tagflow/lab';
import { actChoices, inputsOfWorkflow } from './act-choices.ts';
import type { ActEvent } from './act-events.ts';
import { actHelp, type ActOptions, parseActOptions } from './act-options.ts';
import { foreignServers, secretsFrom } from './act-own-servers.ts';
import { debugBuild, debugEnvironment } from './act-inspect.ts';
import { type ActRequest, runAct } from './run-act.ts';
import { findTool } from './tools.ts';
import { root } from './workspaces.ts';

// usage: npm run act -- --help

const exec = promisify(execFile);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const choices = actChoices();
  const parsed = parseActOptions(argv, choices);
  if ('help' in parsed) {
    console.log(actHelp(choices));
    return 0;
  }
  const problems = 'problems' in parsed ? parsed.problems : await findProblems(parsed.options);
  for (const problem of problems) console.error(problem);
  if ('problems' in parsed) {
    console.error('npm run act -- --help says what there is');
    return 2;
  }
  return problems.length > 0 ? 2 : runAll(parsed.options);
}

/** Returns why there is nothing to run. */
async function findProblems({ config, inspect }: ActOptions): Promise<readonly string[]> {
  if (findTool('act') === null) return ['act is not installed: run scripts/install-peers.sh'];
  if (config !== null) {
    try {
      const foreign = foreignServers(await readFile(config, 'utf8'));
      if (foreign.length > 0) return foreign.map((server) => `--config ${config}: ${server}`);
    } catch (error) {
      return [`--config ${config} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
    }
  }
  // A build of its own is always of the sources as they are.
  if (inspect !== null) return [];
  try {
    await exec(process.execPath, [join(root, 'scripts/build.ts'), '--check']);
    return [];
  } catch {
    return ['dist/ is missing or older than the sources: run npm run build'];
  }
}

async function runAll(options: ActOptions): Promise<number> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  const { phases, config, keep, inspect } = options;
  const workflows = phases.length === 0 ? ['promotion.yml'] : phases.map((phase) => `phase-${phase}.yml`);
  const kept = keep ? await mkdtemp(join(tmpdir(), 'tagflow-kept-')) : null;
  const lab =
    config === null
      ? await startLab({
          self: [process.execPath, join(root, 'dist/tagflow.js')],
          ...(kept === null ? {} : { root: join(kept, 'lab') }),
        })
      : null;
  try {
    const files = inspect === null ? undefined : await debugBuild();
    const against = lab === null ? `the servers of ${String(config)}` : `a lab in ${lab.root}`;
    for (const workflow of workflows) {
      const started = performance.now();
      console.log(`${workflow}, with act, against ${against}`);
      const folder = kept === null ? undefined : await mkdtemp(join(kept, `${workflow.replace('.yml', '')}-`));
      const run = await runAct({
        ...(await requestOf(workflow, options, lab)),
        ...(files === undefined ? {} : { files, oneByOne: true }),
        ...(folder === undefined ? {} : { folder }),
        onEvent: (event) => tell(event, options.verbose),
        signal: stopped.signal,
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${workflow}: ${run.exitCode === 0 ? 'succeeded' : 'failed'} in ${seconds} s`);
      // A later phase would only go on from where the labels were before.
      if (run.exitCode !== 0) return 1;
    }
    return 0;
  } finally {
    await lab?.close();
    if (kept !== null) {
      console.log(
        `kept: ${kept} (checkout and artifacts of each run${lab === null ? '' : '; lab/ has the files of the lab'})`,
      );
    }
  }
}

async function requestOf(workflow: string, options: ActOptions, lab: Lab | null): Promise<ActRequest> {
  const { config, job, fullHash, inspect } = options;
  const known = inputsOfWorkflow(workflow);
  const knownHosts = (lab?.env() ?? process.env)['TAGFLOW_KNOWN_HOSTS'] ?? '';
  return {
    workflow,
    ...(lab === null ? { secrets: await secretsFrom(process.env) } : { lab }),
    ...(job === null ? {} : { job }),
    inputs: {
      ...(config === null ? {} : { config: resolve(config) }),
      ...(fullHash === null ? {} : { 'full-hash': fullHash }),
      ...(known.includes('known-hosts') && knownHosts !== '' ? { 'known-hosts': knownHosts } : {}),
    },
    vars: knownHosts === '' ? {} : { TAGFLOW_KNOWN_HOSTS: knownHosts },
    env: {
      ...(inspect === null ? {} : debugEnvironment(inspect, process.env)),
      // What GitHub sets when somebody ticks «enable debug logging».
      ...(process.env['RUNNER_DEBUG'] === '1' ? { RUNNER_DEBUG: '1' } : {}),
    },
  };
}

function tell({ job, step, message, raw, stepResult }: ActEvent, verbose: boolean): void {
  // Each action's last line says how it ended; an annotation says why it failed.
  const isEnd = raw && /^[a-z-]+: [a-z-]+(?:$|: )/.test(message);
  const isWaiting = raw && / waits for a debugger on /.test(message);
  const [, reason] = /::error(?: [^:]*)?::(.*)/.exec(message) ?? [];
  if (isEnd || isWaiting || (raw && verbose)) console.log(`  ${job}  ${message}`);
  else if (reason !== undefined) console.log(`  ${job}  ${reason}`);
  else if (!raw && stepResult === 'failure') console.log(`  ${job}  FAILED: ${step}`);
}
