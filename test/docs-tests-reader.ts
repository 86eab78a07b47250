import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSet, type FullHash } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { type Answered, blocks, commandsOf, runHere } from './docs-page.ts';
import { spawnHere, writeScripts } from './docs-scripts.ts';
import { type LabWorld, stageBuild, startLabWorld, subtree, type Tree } from './pipelines/lab-world.ts';
import { rdoOf, readRegistrySet, readStoreSet } from './pipelines/reader.ts';

// A reader of docs/tests.md: with its tagflow.yaml and its scripts in a lab. What belongs to the reader (ci/deploy,
// ci/tempest, duffy) is played by small scripts.

export const page = 'tests.md';
export const commands = commandsOf(page);
const [jobsPart = '', runnersPart = '', , , logsPart = '', patternsPart = ''] = blocks(page, 'yaml');

/** What each command is known by. */
export const marks = {
  matrixOfPhase: 'matrix --config',
  run: 'run-featureset-tests --config',
  report: 'report-result --config',
  reasons: 'reasons logs/periodic',
  ownReasons: 'reasons logs --patterns',
  listReasons: 'reasons --list',
  matrix: '--featureset 001,035',
  matrixCommands: '--format commands',
  matrixVariables: '--variable',
  verify: 'verify "$HASH"',
} as const;
export type Mark = keyof typeof marks;

export const commandOf = (mark: Mark): string => commands.find((line) => line.includes(marks[mark])) ?? '';

/** What the page leaves to its reader. */
const played: Readonly<Record<string, string>> = {
  'ci/deploy': `case "$1" in http*/delorean.repo) ;; *) exit 9 ;; esac
test -z "\${TAGFLOW_NODES_AUTH:-}\${DLRN_PASSWORD:-}"
case "$TAGFLOW_JOB" in
  *ovb*) test "$2" = n1.example,n2.example ;;
  *rhel9*) case "$TAGFLOW_RESULTS_DIR" in */results)
    test "$TAGFLOW_DISTRO" = rhel9
    echo 'curl: (6) Could not resolve host: mirror.example'
    exit 1 ;;
  esac ;;
  *featureset016*)
    echo 'curl: (28) Failed to connect to 192.0.2.7 port 5000: Connection timed out'
    echo 'Error: nothing provides python3-oslo-log >= 5.0 needed by openstack-nova-compute-25.0.0-1.el9.noarch'
    exit 1 ;;
esac`,
  'ci/tempest': `echo '<testsuite tests="1"><testcase classname="smoke" name="boots" time="1"/></testsuite>' > "$1"`,
  'bin/duffy': `test "$1" = -c && grep -q 'key: lab-key' "$2" || exit 8
echo "$@" | cut -d ' ' -f 3- >> duffy.log
case "$4" in request-session)
  echo '{"action": "post", "session": {"id": 7, "nodes": [{"hostname": "n1.example"}, {"hostname": "n2.example"}]}}' ;;
esac`,
};

/** The page shows the parts that it is about. */
function wholeConfig(own: unknown): Tree {
  const config = subtree(own);
  const shown = subtree(parse(jobsPart));
  // Logs go where the lab keeps them, and its phase 1 has a runner of a name that the page has, too.
  const more = { ...subtree(parse(logsPart)), logs: config['logs'] };
  const runners = { ...subtree(parse(runnersPart), 'runners'), ...subtree(config, 'runners') };
  const upstream = { ...subtree(config, 'phases', 'upstream'), ...subtree(shown, 'phases', 'upstream') };
  const promote = { ...subtree(config, 'phases', 'upstream', 'promote'), ...subtree(upstream, 'promote') };
  const phases = { ...subtree(config, 'phases'), upstream: { ...upstream, promote } };
  return { ...config, ...shown, ...more, runners, phases };
}

export interface Reader {
  readonly world: LabWorld;
  readonly hash: FullHash;
  /** Runs a command of the page in this process. */
  run(mark: Mark): Promise<Answered>;
  /** Runs one as a process of its own: what it starts begins in its folder. */
  spawn(mark: Mark, more?: string): Promise<Answered>;
}

/** Starts a lab with one hash that is pinned and built, and that nobody has tested. */
export async function startReader(t: ExecutionContext): Promise<Reader> {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  const hash = await stageBuild(world, { votes: false });
  await writeFile(world.config, stringify(wholeConfig(parse(lab.config()))));
  await writeScripts(lab.root, page, played);
  await writeFile(join(lab.root, 'ci/failure-patterns.yaml'), patternsPart);
  const { containers } = await readRegistrySet(rdoOf(lab), hash);
  const set = await readStoreSet(lab.images.url, hash);
  await writeFile(join(lab.root, 'set.json'), formatSet({ ...set, containers }));
  const repoUrl = `${lab.dlrn.reposUrl}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const env = { ...world.env, HASH: hash, REPO_URL: repoUrl, RUNNER_TEMP: lab.root };
  return {
    ...{ world, hash },
    run: (mark) => {
      const { signal } = new AbortController();
      const io = { signal, env, clock: lab.clock, random: () => 0.5, cwd: lab.root, actor: 'cli:docs' };
      return runHere(commandOf(mark), io);
    },
    spawn: (mark, more = '') => spawnHere(`${commandOf(mark)} ${more}`, lab.root, env),
  };
}
