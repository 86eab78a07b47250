import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCommandRunner } from '../command-runner.ts';
import type { RunEffects, Runner, RunRequest, RunResult } from '../runner.ts';
import type { NodeBroker, NodesGrant, NodesTry } from './broker.ts';

export interface CommandBrokerOptions {
  /** Prints a JSON object: `{"session": "…", "hosts": ["…"]}`; it may say other things before and after it. */
  readonly get: readonly string[];
  /** Gets the session as TAGFLOW_NODES_SESSION. */
  readonly release: readonly string[];
  /** How many are asked for: TAGFLOW_NODES_COUNT. */
  readonly count: number;
  /** The whole environment of both commands, with the credentials of the broker. The job gets none of it. */
  readonly env: Readonly<Record<string, string>>;
  /** The time limit of each command; default 15 minutes. */
  readonly timeoutMs?: number;
  readonly runner?: Runner;
}

/**
 * Returns a broker that is two commands. They run as jobs do, so that one that outlived us is found, and its nodes with
 * it; their output is kept beside the job's log.
 */
export function createCommandBroker(options: CommandBrokerOptions): NodeBroker {
  const { count, timeoutMs = 900_000, runner = createCommandRunner() } = options;
  const run = async (
    what: string,
    { request, number }: NodesTry,
    command: readonly string[],
    more: Readonly<Record<string, string>>,
    effects: RunEffects,
  ): Promise<RunResult> => {
    const name = `${what}-${String(number)}`;
    const asked: RunRequest = {
      name: `${request.name}: nodes ${name}`,
      key: `${request.key}.nodes-${name}`,
      command,
      env: { ...options.env, ...more },
      facts: {},
      logFile: `${request.logFile}.nodes-${name}`,
      resultsDir: join(dirname(request.logFile), 'results'),
      timeoutMs,
    };
    return await runner.run(asked, effects);
  };
  return {
    get: async (which, effects) => {
      const result = await run('get', which, options.get, { TAGFLOW_NODES_COUNT: String(count) }, effects);
      // Even a command that failed, or was ended, may have got them.
      const grant = parseGrant(await readFile(result.logFile, 'utf8'));
      if (grant !== null) return grant;
      if (result.reason !== null) return `the command that gets nodes did not succeed: ${result.reason}`;
      return 'the command that gets nodes did not print {"session": "…", "hosts": ["…"]}';
    },
    release: async (which, session, effects) => {
      const { reason } = await run('release', which, options.release, { TAGFLOW_NODES_SESSION: session }, effects);
      return reason;
    },
  };
}

/** Returns the grant that the output has: all of it, or what is between its first brace and its last, or a line. */
function parseGrant(text: string): NodesGrant | null {
  const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  for (const part of [object, ...text.split('\n').toReversed()]) {
    const grant = grantOf(part);
    if (grant !== null) return grant;
  }
  return null;
}

function grantOf(text: string): NodesGrant | null {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null || !('session' in data) || !('hosts' in data)) return null;
    const { session, hosts } = data;
    // Some brokers count their sessions.
    const name = typeof session === 'number' ? String(session) : session;
    if (typeof name !== 'string' || name === '' || !Array.isArray(hosts)) return null;
    return hosts.every((host) => typeof host === 'string' && host !== '') ? { session: name, hosts } : null;
  } catch {
    return null;
  }
}
