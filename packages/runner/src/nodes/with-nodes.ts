import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pid } from 'node:process';
import { messageOf } from '@tagflow/model';
import { expectFree, inTheWay } from '../claim.ts';
import { identify, isAlive, type ProcessIdentity } from '../process-identity.ts';
import { counts, newestEntry } from '../run-record.ts';
import type { RunEffects, Runner, RunRequest, RunResult } from '../runner.ts';
import type { NodeBroker, NodesGrant } from './broker.ts';
import { type NodesSession, readSession, writeSession } from './session-file.ts';

export interface NodesOptions {
  /** How many hosts a job needs. */
  readonly count: number;
  /** How often they are asked for; default 10. */
  readonly attempts?: number;
  /** Between two tries; default 180 s. */
  readonly delayMs?: number;
  /** How often it is tried to give them back; default 5. */
  readonly releaseAttempts?: number;
  /** Between two tries to give them back; default 30 s. */
  readonly releaseDelayMs?: number;
  /** Which process this is; default: this one. */
  readonly self?: ProcessIdentity;
}

type Settings = Required<NodesOptions>;

/**
 * Returns a runner that gets nodes before the job and gives them back after it, however it ended. The job is told of
 * them by TAGFLOW_NODES_HOSTS (names, with commas between them) and TAGFLOW_NODES_FILE (`{"hosts": […]}`). What was got
 * by a process that died is used by the next one that asks for the same run, and given back by one that asks for
 * another run with the same log.
 */
export function withNodes(runner: Runner, broker: NodeBroker, options: NodesOptions): Runner {
  const settings: Settings = {
    ...{ attempts: 10, delayMs: 180_000, releaseAttempts: 5, releaseDelayMs: 30_000 },
    self: identify(pid) ?? { pid, start: null, boot: null },
    ...options,
  };
  return {
    run: async (request, effects) => {
      const { key, logFile } = request;
      const known = await newestEntry(logFile);
      if (known !== null) expectFree(known, request);
      const before = await readSession(logFile);
      const owned = before !== null && before.state !== 'none' && before.owner !== null && isAlive(before.owner);
      if (owned && before.key !== key)
        throw inTheWay(request, before.key, `nodes of process ${String(before.owner.pid)}`);
      const held = before !== null && before.state !== 'none';
      const begun = known?.record.key === key && counts(known.record);
      // A run that has ended needs none; one whose nodes another process looks after, or nobody, is only found.
      if (owned || (begun && !held)) return await runner.run(request, effects);
      const desk: Desk = { broker, request, effects, settings };
      const nodes = (held ? await recover(desk, before) : null) ?? (await getNodes(desk, before));
      if ('status' in nodes) return nodes;
      try {
        return await runner.run(await withHosts(request, nodes), effects);
      } finally {
        await giveBack(desk, nodes);
      }
    },
  };
}

interface Desk {
  readonly broker: NodeBroker;
  readonly request: RunRequest;
  readonly effects: RunEffects;
  readonly settings: Settings;
}

type Held = NodesSession & { readonly grant: NodesGrant };

/** Returns the nodes that a process before this one got for this run; gives back those that are for another one. */
async function recover(desk: Desk, before: NodesSession): Promise<Held | null> {
  const { broker, request, effects, settings } = desk;
  // The same try again: so what was got in it, and not written down any more, is learned.
  const which = { request: { ...request, key: before.key }, number: before.attempt };
  const grant = before.grant ?? (await broker.get(which, effects));
  if (typeof grant === 'string') return null;
  const held: Held = { ...before, state: 'held', owner: settings.self, grant };
  await writeSession(request.logFile, held);
  if (before.key === request.key && grant.hosts.length >= settings.count) return held;
  await giveBack(desk, held);
  return null;
}

/** Gets nodes, or says why the job cannot begin. */
async function getNodes(desk: Desk, before: NodesSession | null): Promise<Held | RunResult> {
  const { broker, request, effects, settings } = desk;
  const { count, attempts, delayMs, self } = settings;
  const { clock, signal, log } = effects;
  const { key, logFile, name } = request;
  const begun = clock.now();
  const none = (status: 'not-started' | 'cancelled', reason: string): RunResult => {
    return { status, exitCode: null, durationMs: clock.now() - begun, reason, url: null, logFile, found: false };
  };
  let why = '';
  for (let round = 1; round <= attempts && !signal.aborted; round += 1) {
    const attempt = (before?.attempt ?? 0) + round;
    const releases = (await readSession(logFile))?.releases ?? 0;
    const asking: NodesSession = { key, owner: self, state: 'asking', attempt, releases, grant: null };
    await writeSession(logFile, asking);
    const grant = await broker.get({ request, number: attempt }, effects);
    if (typeof grant === 'string') {
      why = grant;
      await writeSession(logFile, { ...asking, state: 'none' });
    } else {
      const held: Held = { ...asking, state: 'held', grant };
      // Also when it could not be written down: then nobody else would give them back.
      const unwritten = await writeSession(logFile, held).catch((error: unknown) => error);
      if (unwritten === undefined && grant.hosts.length >= count && !signal.aborted) return held;
      await giveBack(desk, held);
      if (unwritten !== undefined) throw unwritten;
      why = `there were ${String(grant.hosts.length)} of ${String(count)} nodes`;
    }
    if (signal.aborted) break;
    log.info(`${name}: try ${String(round)} of ${String(attempts)} to get nodes: ${why}`);
    if (round < attempts) await clock.sleep(delayMs, signal).catch(() => undefined);
  }
  if (signal.aborted) return none('cancelled', 'it was cancelled before it had nodes');
  return none('not-started', `it got no nodes in ${String(attempts)} tries: ${why}`);
}

/** Gives nodes back, or says that it cannot be done: then they stay written down for the next process. */
async function giveBack({ broker, request, effects, settings }: Desk, held: Held): Promise<void> {
  const { releaseAttempts, releaseDelayMs } = settings;
  const { name, logFile } = request;
  // Whoever said stop still wants this done.
  const undeterred = { ...effects, signal: new AbortController().signal };
  // On a full disk it is done all the same.
  const write = (change: Partial<NodesSession>) => writeSession(logFile, { ...held, ...change }).catch(() => undefined);
  let [releases, why] = [held.releases, ''];
  for (let round = 1; round <= releaseAttempts; round += 1) {
    releases += 1;
    await write({ releases });
    const which = { request: { ...request, key: held.key }, number: releases };
    const failure = await broker.release(which, held.grant.session, undeterred).catch(messageOf);
    if (failure === null) {
      await write({ releases, state: 'none', owner: null, grant: null });
      return;
    }
    why = failure;
    if (round < releaseAttempts) await effects.clock.sleep(releaseDelayMs);
  }
  await write({ releases, owner: null });
  effects.log.warning(`${name}: the nodes of session ${held.grant.session} could not be given back: ${why}`);
}

async function withHosts(request: RunRequest, { grant: { hosts } }: Held): Promise<RunRequest> {
  const file = `${request.logFile}.nodes.json`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ hosts })}\n`);
  return { ...request, env: { ...request.env, TAGFLOW_NODES_HOSTS: hosts.join(','), TAGFLOW_NODES_FILE: file } };
}
