import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineAction, readSetInputs } from '@tagflow/action-kit';
import { loadConfig, resolvePhase } from '@tagflow/config';
import { chooseJobs, formatMatrixTable, runJobs, summarize, writeResults, writeSetFile } from '@tagflow/featureset';
import { parseFullHash } from '@tagflow/model';
import { createCommandRunner, dropMissing, formatCommandLine, parseCommandLine, parseVariables } from '@tagflow/runner';

export const action = defineAction({
  name: 'run-featureset-tests',
  description: 'Run the featureset tests of a hash and write down how each job ended.',
  inputs: {
    'full-hash': { type: 'string', required: true, description: 'The hash to test, from get-repo-hash.' },
    'repo-url': { type: 'url', description: 'The immutable directory of the hash, from get-repo-hash.' },
    release: { type: 'string', description: 'The release, such as master; default: that of config.' },
    distro: { type: 'string', description: 'The distribution, such as centos9; default: that of config.' },
    section: {
      type: 'enum',
      options: ['test', 'after'],
      default: 'test',
      description: 'Which jobs of the phase: those before the promotion, or those after it.',
    },
    job: { type: 'string', description: 'Run only this job; default: every job of the section.' },
    featureset: {
      type: 'list',
      description: 'Without config: the featuresets, such as 001; the names of the jobs are made of them.',
    },
    nodes: {
      type: 'list',
      description: 'Without config: the nodes, such as 3ctlr_1comp, that each featureset runs on.',
    },
    environment: {
      type: 'enum',
      options: ['multinode', 'singlenode', 'standalone', 'ovb'],
      default: 'multinode',
      description: 'Without config: the kind of environment in the names of the jobs.',
    },
    set: { type: 'list', description: 'Paths of set.json files; merged into the one that TAGFLOW_SET names.' },
    command: {
      type: 'string',
      description: 'The command line of a job. No shell reads it; TAGFLOW_* variables tell it what to test.',
    },
    env: { type: 'list', description: 'More variables for the command, each NAME=value. No secrets: logs are public.' },
    timeout: { type: 'duration', description: 'The time limit of a job; default: that of config, or 4h.' },
    voting: {
      type: 'enum',
      options: ['true', 'false'],
      description: 'Whether a failure counts; default: as config says.',
    },
    concurrency: { type: 'integer', default: '1', min: 1, max: 64, description: 'How many jobs run at the same time.' },
    runner: { type: 'enum', options: ['command'], default: 'command', description: 'Where jobs run: on this machine.' },
    'logs-to': { type: 'path', description: 'The folder for logs and results; default: one of this run.' },
    'log-url': { type: 'string', description: 'Where people find the folder of logs-to; default: its file: URL.' },
  },
  outputs: {
    job: 'The job that ran, when it was a single one.',
    matrix: 'The names of the jobs, as a JSON list for a GitHub matrix.',
    status: 'success or failure of a single job, for report-result; nothing when it was cancelled.',
    passed: 'How many jobs succeeded.',
    failed: 'How many jobs did not, non-voting ones included.',
    results: 'The path of the results file.',
    junit: 'The path of the JUnit XML file.',
    'log-url': 'Where the log of the single job is, or the folder of all logs.',
  },
  run: async (given, context) => {
    const fullHash = parseFullHash(given['full-hash']);
    const config = given.config === undefined ? null : await loadConfig(given.config);
    const section = config === null ? null : resolvePhase(config, given.phase ?? '')[given.section];
    if (config !== null && section === null) {
      const message = `phase ${given.phase ?? ''} has no section ${given.section}`;
      return { outcome: 'nothing-to-do', outputs: { matrix: '[]' }, message };
    }
    const release = given.release ?? config?.release;
    const distro = given.distro ?? config?.distro;
    const jobs = chooseJobs(section?.jobs ?? null, {
      ...given,
      featuresets: given.featureset,
      release,
      distro,
      command: given.command === undefined ? undefined : parseCommandLine(given.command),
      env: parseVariables(given.env),
      timeoutMs: given.timeout,
      voting: given.voting === undefined ? undefined : given.voting === 'true',
    });
    const matrix = JSON.stringify(jobs.map(({ job }) => job));
    context.log.info(formatMatrixTable(jobs));
    for (const { job, command } of jobs) context.log.info(`${job}: ${formatCommandLine(command)}`);
    const names = jobs.length === 1 ? 'one job' : `${String(jobs.length)} jobs`;
    if (context.dryRun)
      return { outcome: 'planned', outputs: { matrix, ...dropMissing({ job: given.job }) }, message: names };

    const folder = given['logs-to'] ?? join(context.outDir, 'logs');
    const logUrl = given['log-url'] ?? pathToFileURL(folder).href;
    await mkdir(folder, { recursive: true });
    const set = await writeSetFile(await readSetInputs(given), fullHash, join(folder, 'set.json'));
    const startedAt = new Date(context.clock.now()).toISOString();
    const runner = createCommandRunner();
    const ran = await runJobs(jobs, {
      run: (request) => runner.run(request, context),
      concurrency: given.concurrency,
      folder,
      logUrl,
      childEnv: context.childEnv,
      variables: dropMissing({
        TAGFLOW_FULL_HASH: fullHash,
        TAGFLOW_REPO_URL: given['repo-url']?.href,
        TAGFLOW_RELEASE: release,
        TAGFLOW_DISTRO: distro,
        TAGFLOW_SET: set,
      }),
      effects: context,
    });

    const results = { fullHash, release: release ?? null, distro: distro ?? null, startedAt, jobs: ran };
    const files = await writeResults(folder, results);
    const { good, passed, failed, message, markdown } = summarize(results);
    const [only] = ran.length === 1 ? ran : [];
    return {
      outcome: good ? 'done' : 'failed',
      outputs: {
        ...files,
        matrix,
        passed: String(passed),
        failed: String(failed),
        'log-url': only?.logUrl ?? logUrl,
        ...dropMissing({ job: only?.job, status: only && voteOf(only.status) }),
      },
      summary: markdown,
      message,
    };
  },
});

/** What a job says of the hash; one that was cancelled says nothing. */
function voteOf(status: string): 'success' | 'failure' | undefined {
  if (status === 'cancelled') return undefined;
  return status === 'success' ? 'success' : 'failure';
}
